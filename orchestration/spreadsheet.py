"""Cells of CSV files in which no spreadsheet finds a formula, whatever somebody typed in a form."""

from __future__ import annotations

import re

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
"""What makes a spreadsheet compute a cell, and their full-width forms."""
_NUMBER = re.compile(r"[+-]?\d+(\.\d+)?")


def guarded(text: str) -> str:
    """A text no spreadsheet computes: one that begins like a formula gets an apostrophe."""
    is_formula = text.startswith(FORMULA_STARTS) or text.lstrip().startswith(FORMULA_STARTS)
    return f"'{text}" if is_formula else text


def inert(cell: str) -> str:
    """The same for a file that a program reads as well: numbers and telephones stay as they are."""
    return cell if _NUMBER.fullmatch(cell) else guarded(cell)
