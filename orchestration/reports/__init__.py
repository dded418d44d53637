"""What a person reads: the run summary and the story of one lead."""
