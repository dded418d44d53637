"""A warehouse with an invented history, built once."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property

import pytest

from orchestration.demo.generate import make_demo
from orchestration.review.marts import Review, read_review
from orchestration.review.months import Month
from orchestration.review.page import render_page
from orchestration.review.words import Language
from pipeline.sandbox import Sandbox
from review.reading import Reader
from review.truth import Truth

AS_OF = datetime(2026, 6, 20, 12)
MONTH = Month(date(2026, 5, 1))


@dataclass(frozen=True)
class World:
    """The warehouse, and the month that is reviewed."""

    sandbox: Sandbox

    @cached_property
    def review(self) -> Review:
        """The month as it is read."""
        return read_review(self.sandbox.warehouse, MONTH)

    def page(self, lang: Language = "en") -> Reader:
        """The page of the month."""
        return Reader(render_page(self.review, lang))

    def truth(self, month: Month = MONTH) -> Truth:
        """What there is to find, counted by hand."""
        return Truth(self.sandbox.rows, AS_OF, month.first_day, month.after(1).first_day)


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    sandbox = Sandbox.make(tmp_path_factory.mktemp("review") / "sandbox")
    make_demo(sandbox.folder / "demo", people=2500, seed=7, until=AS_OF.date())
    sandbox.load(sandbox.folder / "demo", now=AS_OF)
    sandbox.build(AS_OF)
    return World(sandbox)
