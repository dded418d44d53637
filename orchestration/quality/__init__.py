"""Great Expectations on the warehouse: what arrives and what leaves."""
