"""How fast a run is, and against what: `make bench`, or `PYTHONPATH=tests python -m bench`."""
