"""The whole pipeline on small warehouses of their own."""
