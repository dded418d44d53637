"""Tests: of data in SQL (`data/`), of the program in Python (`python/`), of speed (`bench/`)."""
