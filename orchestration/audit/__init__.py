"""What leadger said about each lead, and when: sealed, witnessed, verified, asked."""
