"""Nurturing messages: whom they would go to, and what they would say."""
