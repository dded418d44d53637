"""The right to erasure: no personal data of an erased person stays in any table or file."""
