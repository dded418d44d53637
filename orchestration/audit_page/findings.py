"""Findings: what RevOps should look at, and how often each was found."""

from __future__ import annotations

from dataclasses import dataclass

from orchestration.audit_page.filters import Condition
from orchestration.audit_page.listing import Listing
from orchestration.warehouse import Connection

TABLE = "marts.audit_findings"
SEVERITIES = ("high", "medium", "low")
FINDINGS = Listing(
    TABLE,
    ("finding_id", "found_at", "severity", "finding", "lead_id", "evidence"),
    # a finding without an instant comes last
    instant="coalesce(found_at, cast('1900-01-01' as timestamp))",
    key="finding_id",
)


@dataclass(frozen=True)
class Count:
    """How often something was found."""

    finding: str
    severity: str
    findings: int
    people: int


def counts(connection: Connection, wanted: Condition) -> list[Count]:
    """By finding, the gravest first."""
    rows = connection.execute(
        "select finding, severity, count(*), count(distinct lead_id) "
        f"from {TABLE} where {wanted.sql} group by 1, 2",
        dict(wanted.values),
    ).fetchall()
    found = [Count(str(row[0]), str(row[1]), int(row[2]), int(row[3])) for row in rows]
    return sorted(found, key=lambda one: (_gravity(one.severity), -one.findings, one.finding))


def kinds(connection: Connection) -> list[str]:
    """Every finding there is."""
    rows = connection.execute(f"select distinct finding from {TABLE} order by 1").fetchall()
    return [str(kind) for (kind,) in rows]


def _gravity(severity: str) -> int:
    return SEVERITIES.index(severity) if severity in SEVERITIES else len(SEVERITIES)
