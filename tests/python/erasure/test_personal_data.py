"""Evidence that is kept never shows a personal value."""

from __future__ import annotations

import pytest

from orchestration.erasure.personal_data import masked_message, masked_value


@pytest.mark.parametrize(
    ("column", "value", "shown"),
    [
        ("email", "jeanne@atelier.example", "j***@a***.example"),
        ("email", " jeanne@localhost ", "j***@l***"),
        ("last_name", "Dupont", "D***"),
        ("country, phone", "+33612345678", "+***"),
        ("page_url", "https://us.example/?me=jeanne", "h***"),
        ("kind", "opt_in", "opt_in"),
        ("kind", "jeanne@atelier.example", "j***@a***.example"),
        (None, 7, "7"),
        ("email", None, "None"),
    ],
)
def test_values(column: str | None, value: object, shown: str) -> None:
    assert masked_value(column, value) == shown


def test_messages_lose_the_values_they_quote() -> None:
    told = masked_message(
        "Conversion Error: Could not convert string 'Jeanne D''Arc' to INT64\n"
        "contacts.csv, line 3, column created_at: found 'Dupont', expected a date\n"
        'Duplicate key "email: jeanne@atelier.example"'
    )
    assert told == (
        "Conversion Error: Could not convert string '***' to INT64\n"
        "contacts.csv, line 3, column created_at: found '***', expected a date\n"
        'Duplicate key "email: j***@a***.example"'
    )
