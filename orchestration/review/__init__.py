"""The monthly review: what marketing and sales look at together once a month, as one page."""
