"""What starts runs and tells people between the schedules: Dagster's sensors, what they send."""
