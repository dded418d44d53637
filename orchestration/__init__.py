"""Leadger: the command line and the Dagster code location around the dbt project."""
