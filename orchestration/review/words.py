"""Everything the review says, in English and French, and how each language writes numbers."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Literal, get_args

import yaml

from orchestration.review.months import Month

Language = Literal["en", "fr"]
LANGUAGES: tuple[Language, ...] = get_args(Language)
NARROW = "\N{NARROW NO-BREAK SPACE}"
NOT_KNOWN = "\N{EN DASH}"
_MONTHS: Mapping[Language, tuple[str, ...]] = {
    "en": (
        *("January", "February", "March", "April", "May", "June", "July", "August"),
        *("September", "October", "November", "December"),
    ),
    "fr": (
        *("janvier", "février", "mars", "avril", "mai", "juin", "juillet", "août"),
        *("septembre", "octobre", "novembre", "décembre"),
    ),
}


def number(value: float, lang: Language, decimals: int = 0) -> str:
    """A number as the language writes it, rounded half away from zero."""
    step = Decimal(1).scaleb(-decimals)
    # what a float adds behind the ninth decimal would decide halves
    rounded = Decimal(f"{float(value):.9f}").quantize(step, rounding=ROUND_HALF_UP)
    text = f"{abs(rounded):,.{decimals}f}"
    if lang == "fr":
        text = text.replace(",", NARROW).replace(".", ",")
    return f"\N{MINUS SIGN}{text}" if rounded < 0 else text


def signed(value: float, lang: Language, decimals: int = 0) -> str:
    """The same for a difference: with its sign, even a plus."""
    text = number(value, lang, decimals)
    is_zero = not any(character in "123456789" for character in text)
    return text.lstrip("\N{MINUS SIGN}") if is_zero else text if value < 0 else f"+{text}"


def percent(share: float, lang: Language) -> str:
    """A share of one, in percent with one decimal."""
    return f"{number(share * 100, lang, 1)}{NARROW if lang == 'fr' else ''}%"


def month_name(month: Month, lang: Language) -> str:
    """A month in words."""
    return f"{_MONTHS[lang][month.first_day.month - 1]} {month.first_day.year}"


def instant_in_words(instant: datetime, lang: Language) -> str:
    """An instant (naive UTC) in words."""
    month = _MONTHS[lang][instant.month - 1]
    return f"{instant.day} {month} {instant.year}, {instant:%H:%M} UTC"


def _texts(lang: Language) -> Mapping[str, str]:
    file = Path(__file__).with_name(f"texts.{lang}.yml")
    texts: dict[str, str] = yaml.safe_load(file.read_text(encoding="utf-8"))
    return texts


WORDS: Mapping[Language, Mapping[str, str]] = {lang: _texts(lang) for lang in LANGUAGES}
"""Every text of the page, by its key."""
