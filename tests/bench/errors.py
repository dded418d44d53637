"""What stops a measurement, told in one sentence."""


class BenchError(Exception):
    """Something that cannot be measured, and why."""
