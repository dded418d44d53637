"""The steps of a run as Dagster assets and asset checks."""
