"""Says figures, names and rules in one language, as cells and sentences."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from orchestration.review.blocks import Cell
from orchestration.review.findings import Fact, Finding, Span, Word
from orchestration.review.marts import Label, Review
from orchestration.review.months import Month
from orchestration.review.rates import Rate
from orchestration.review.words import (
    NARROW,
    NOT_KNOWN,
    WORDS,
    Language,
    instant_in_words,
    month_name,
    number,
    percent,
    signed,
)

_SEGMENT_WORDS = ("unknown", "none")


@dataclass(frozen=True)
class Speaker:
    """Speaks about a review in one language."""

    review: Review
    lang: Language

    @property
    def words(self) -> Mapping[str, str]:
        """The page's own words."""
        return WORDS[self.lang]

    def __call__(self, key: str, **facts: object) -> str:
        """A text of the page, with the month, its windows and what else it asks for filled in."""
        basis = self.review.basis
        known = {
            "month": self.month(self.review.month),
            "days": basis.maturity_days,
            "contest_days": basis.contest_days,
            "answer_days": basis.acceptance_expires_days,
            "re_mql_days": basis.re_mql_days,
            "instant": instant_in_words(basis.as_of, self.lang),
        }
        return self.words[key].format(**{**known, **facts})

    def month(self, month: Month) -> str:
        """A month in words."""
        return month_name(month, self.lang)

    def number(self, value: float, decimals: int = 0) -> str:
        """A number as the language writes it."""
        return number(value, self.lang, decimals)

    def marks(self, rate: Rate) -> tuple[str, ...]:
        """What has to be known to read a rate."""
        found = []
        if rate.immature:
            found.append(self.words["incomplete"])
        if rate.is_small and rate.denominator:
            found.append(self.words["small"])
        return tuple(found)

    def percent(self, share: float) -> str:
        """A share of one on an axis, in whole percent."""
        return f"{self.number(100 * share)}{NARROW if self.lang == 'fr' else ''}%"

    def cases(self, rate: Rate) -> str:
        """Numerator and denominator, and who is still to come."""
        said = [
            self(
                "of_cases",
                numerator=self.number(rate.numerator),
                denominator=self.number(rate.denominator),
            )
        ]
        if rate.immature:
            to_come = self("to_come", count=self.number(rate.immature))
            said = [*said, to_come] if rate.denominator else [to_come]
        return ", ".join(said)

    def case_count(self, count: int) -> str:
        """So many cases."""
        return self("case") if count == 1 else self("cases", count=self.number(count))

    def division(self, rate: Rate) -> str:
        """An amount, and by how many it was divided."""
        return f"{self.number(rate.numerator)} ÷ {self.number(rate.denominator)}"

    def share(self, rate: Rate) -> str:
        """A rate in percent."""
        return NOT_KNOWN if rate.value is None else percent(rate.value, self.lang)

    def rate(self, rate: Rate) -> Cell:
        """A rate with all that belongs to it."""
        return Cell(self.share(rate), rate.value, self.cases(rate), self.marks(rate))

    def count(self, value: float) -> Cell:
        """A number of cases."""
        return Cell(self.number(value), value)

    def figure(
        self, value: float | None, decimals: int = 0, *, detail: str = "", is_small: bool = False
    ) -> Cell:
        """A figure that may not be known."""
        marks = (self.words["small"],) if is_small and value is not None else ()
        text = NOT_KNOWN if value is None else self.number(value, decimals)
        return Cell(text, value, detail, marks)

    def change(
        self, now: float | None, before: float | None, *, is_share: bool = False, decimals: int = 0
    ) -> Cell:
        """The difference of two figures; of shares, in points of percent."""
        if now is None or before is None:
            return Cell(NOT_KNOWN)
        if not is_share:
            return Cell(signed(now - before, self.lang, decimals), now - before)
        points = 100 * (now - before)
        return Cell(self("points", count=signed(points, self.lang, 1)), points)

    def stage(self, stage: str) -> str:
        """What people call a stage."""
        return self.review.reference.stages[stage][self.lang]

    def reason(self, reason: str | None) -> str:
        """What people call a reason; else as it was typed."""
        if reason is None:
            return self.words["no_reason"]
        known = self.review.reference.reasons.get(reason)
        return known[self.lang] if known is not None else reason

    def segment(self, segment: str) -> str:
        """What a segment is called; most are data, and called what they are."""
        return self.words[segment] if segment in _SEGMENT_WORDS else segment

    def obligation(self, name: str) -> str:
        """What people call an obligation or the state of a clock, as the start of a title."""
        label = self.review.reference.sla[name][self.lang]
        return label[:1].upper() + label[1:]

    def sentence(self, finding: Finding) -> str:
        """What a rule found."""
        facts = {name: self._fact(fact) for name, fact in finding.facts.items()}
        said = self(f"{finding.rule}_{finding.outcome.value}", **facts)
        return said[:1].upper() + said[1:]

    def _fact(self, fact: Fact) -> str:
        if isinstance(fact, Rate):
            return f"{self.share(fact)} ({self.cases(fact)})"
        if isinstance(fact, Label):
            return fact[self.lang]
        if isinstance(fact, Word):
            return self.words[fact.key]
        if isinstance(fact, Month):
            return self.month(fact)
        if isinstance(fact, Span):
            return self("span", first=self.month(fact.first), last=self.month(fact.last))
        return self.number(fact) if isinstance(fact, int) else self.segment(fact)
