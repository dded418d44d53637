"""The Monday list: whom each rep works on this week, and what became of last week's leads."""
