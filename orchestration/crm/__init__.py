"""Statuses out: plan, ledger and destinations of the reverse-ETL."""
