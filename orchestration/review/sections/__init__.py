"""The sections of the page, a module for each thing a review looks at."""
