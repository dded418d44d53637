"""The audit page: what the marts say of a person, what was found, what changed, and why."""
