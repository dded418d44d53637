"""Adversarial histories: many small groups of people whose instants collide.

Groups (`k0`, `k1` …) share nothing but a competitor, so a failing person can be looked at alone:
`random_cluster(seed, number)` is exactly the group `k<number>` of `random_history(seed, …)`.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from hypothesis import strategies as st

from .default_definitions import default_definitions
from .definitions import Definitions, History, Reference, Row
from .drawing import Draw, HypothesisDraw, SeededDraw
from .facts import (
    AS_OF,
    START,
    Cluster,
    Fact,
    Options,
    make_activity,
    make_burst,
    make_consent,
    make_event,
    make_visits,
)
from .random_definitions import definitions_strategy, make_definitions, random_definitions
from .records import REPS, RIVAL, TITLES, make_companies, make_contacts, make_deals
from .writers import write_definitions, write_raw

__all__ = [
    "AS_OF",
    "REFERENCE",
    "START",
    "Definitions",
    "Options",
    "default_definitions",
    "definitions_strategy",
    "histories_strategy",
    "make_definitions",
    "only_cluster",
    "random_cluster",
    "random_definitions",
    "random_history",
    "shrink",
    "write_definitions",
    "write_raw",
]

TABLES = (
    "contacts",
    "companies",
    "events",
    "sales_activities",
    "deals",
    "consents",
    "deal_contacts",
)
IDS = {"events": "event_id", "sales_activities": "activity_id", "consents": "consent_id"}
LETTERS = ["b", "B", "1", "z", "é"]


def seniority(title: str) -> str:
    """The seniority of the titles that random histories use."""
    known = {name.lower(): level for name, level in TITLES.items()}
    return known.get(title.strip().lower(), "other")


REFERENCE = Reference(
    free_mail=frozenset({"gmail.com", "webmail.example"}),
    role_addresses=frozenset({"info", "contact"}),
    internal_domains=frozenset({"test.example"}),
    competitor_domains=frozenset({"rival-analytics.example"}),
    seniority=seniority,
)
"""What random histories need of the reference seeds (all of it is in the project's own)."""


def make_cluster(draw: Draw, number: int, options: Options, most_facts: int = 12) -> History:
    """Draw one group of contacts with all their facts."""
    days = [draw.pick([0, 1, 6, 7, 30, 44, 60, 90, 120]) for _ in range(3)]
    cluster = Cluster(
        f"k{number}",
        options,
        [START + timedelta(days=day) for day in days],
        draw.pick(["good", "good", "mixed", "mixed", "mixed", "unknown"]),
    )
    history: History = {table: [] for table in TABLES}
    history["contacts"] = make_contacts(draw, cluster)
    history["companies"] = make_companies(draw, cluster)
    history |= make_deals(draw, cluster)

    facts: list[Fact] = []
    makers = (
        (make_event, draw.pick([most_facts // 3, most_facts, most_facts])),
        (make_visits, 1),
        (make_burst, draw.pick([0, 0, 1, 2])),
        (make_activity, draw.pick([most_facts // 3, most_facts, most_facts, 0])),
        (make_consent, draw.pick([0, 0, 0, 0, 3])),
    )
    for make, most in makers:
        for found in draw.many(_bound(make, cluster), most):
            facts += found
    for place, (table, rows) in enumerate(facts):
        fact_id = f"{cluster.name}-{table[0]}{draw.pick(LETTERS)}{place}"
        history[table] += [{IDS[table]: fact_id, **row} for row in rows]
    return {table: draw.shuffled(rows) for table, rows in history.items()}


def _bound(
    make: Callable[[Draw, Cluster], list[Fact]], cluster: Cluster
) -> Callable[[Draw], list[Fact]]:
    return lambda draw: make(draw, cluster)


def join(parts: list[History]) -> History:
    """One history of several groups; the company and the reps they share come once."""
    history: History = {table: [] for table in TABLES}
    for part in parts:
        for table in TABLES:
            history[table] += [row for row in part[table] if row is not RIVAL]
    history["companies"].append(RIVAL)
    history["reps"] = list(REPS)
    return history


def random_cluster(seed: int, number: int, options: Options | None = None) -> History:
    """The group `k<number>` of the random history of a seed."""
    draw = SeededDraw(f"history {seed} {number}")
    return join([make_cluster(draw, number, options or Options())])


def random_history(seed: int, people: int, options: Options | None = None) -> History:
    """A history of at least so many contacts, the same for the same seed."""
    parts: list[History] = []
    contacts: set[str] = set()
    while len(contacts) < people:
        part = random_cluster(seed, len(parts), options)
        contacts |= {row["contact_id"] for row in part["contacts"]}
        parts.append(part)
    return join(parts)


def histories_strategy(
    most_clusters: int = 3, most_facts: int = 8, options: Options | None = None
) -> st.SearchStrategy[History]:
    """A hypothesis strategy of small histories that shrinks groups, facts and instants."""

    @st.composite
    def strategy(draw: Callable[[st.SearchStrategy[object]], object]) -> History:
        source = HypothesisDraw(draw)
        count = source.pick(range(1, most_clusters + 1))
        parts = [
            make_cluster(source, number, options or Options(), most_facts)
            for number in range(count)
        ]
        return join(parts)

    return strategy()


def _is_of_cluster(row: Row, number: int) -> bool:
    ids = ("contact_id", "company_id", "event_id", "activity_id", "deal_id", "consent_id", "rep_id")
    own = next(str(row[name]) for name in ids[2:] + ids[:2] if row.get(name))
    return own in ("rival", "r1", "r2") or own.partition("-")[0] == f"k{number}"


def only_cluster(history: History, number: int) -> History:
    """Only the rows of the group `k<number>`."""
    return {
        table: [row for row in rows if _is_of_cluster(row, number)]
        for table, rows in history.items()
    }


def shrink(history: History, fails: Callable[[History], bool]) -> History:
    """Leave out rows, halves first, as long as the history still fails."""
    kept = [(table, row) for table in history for row in history[table]]
    size = len(kept)

    def build(rows: list[tuple[str, Row]]) -> History:
        found: History = {table: [] for table in history}
        for table, row in rows:
            found[table].append(row)
        return found

    while size >= 1:
        size = max(1, size // 2)
        start = 0
        while start < len(kept):
            fewer = kept[:start] + kept[start + size :]
            if fails(build(fewer)):
                kept = fewer
            else:
                start += size
        if size == 1:
            break
    return build(kept)
