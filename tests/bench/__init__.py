"""How fast a run is, and against what: `make bench`."""
