"""What each agency and lead source brought, on which legal grounds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from orchestration.review.blocks import Bar, Bars, Cell, Figure, Section, Table
from orchestration.review.rates import Rate
from orchestration.review.speaker import Speaker

RATES = ("legal_basis", "proof", "objection", "conversion")


def source_audit(say: Speaker) -> Section:
    """The proof of consent by agency, and everything by agency and source."""
    title, unit = say("sources_title"), say("sources_unit")
    rows = say.review.sources
    agencies = [row for row in rows if row["source_type"] == "agency"]
    others = [row for row in rows if row["source_type"] != "agency"]
    if agencies:
        figure = Figure(
            title,
            unit,
            Bars([_bar(say, row) for row in agencies]),
            _table(say, title, agencies),
        )
    else:
        figure = Figure(title, unit, None, None, nothing=say("sources_empty"))
    details = [_table(say, say("sources_table"), others)] if others else []
    return Section("sources", say("sources"), figures=[figure], details=details)


def _bar(say: Speaker, row: Mapping[str, Any]) -> Bar:
    rate = _rate(row, "proof")
    return Bar(
        say.segment(row["source"]),
        100 * (rate.value or 0),
        say.share(rate),
        say.cases(rate),
        say.marks(rate),
    )


def _table(say: Speaker, caption: str, rows: Sequence[Mapping[str, Any]]) -> Table:
    return Table(
        caption,
        [
            *(say("source"), say("people"), say("leads_column"), say("basis"), say("proof")),
            *(say("objections"), say("conversion"), say("duplicates")),
        ],
        [
            [
                Cell(say.segment(row["source"]), row["source"]),
                say.count(row["people"]),
                say.count(row["leads"]),
                *(say.rate(_rate(row, name)) for name in RATES),
                say.count(row["duplicates"]),
            ]
            for row in rows
        ],
    )


def _rate(row: Mapping[str, Any], name: str) -> Rate:
    return Rate(
        row[f"{name}_numerator"],
        row[f"{name}_denominator"],
        bool(row[f"is_{name}_small"]),
        int(row.get(f"{name}_immature", 0)),
    )
