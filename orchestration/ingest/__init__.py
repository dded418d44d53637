"""Raw files in: read, check line by line, append in one transaction."""
