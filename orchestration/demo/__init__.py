"""Believable demo data, deterministic from a seed."""
