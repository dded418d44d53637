"""What was checked of the marts in use, in `control.checks`: whoever tells a CRM looks here.

A run writes down what its gates and dbt's tests found, step by step; a run with nothing new, that
what an earlier one found still holds. So nobody has to assume that a check was passed because the
run that was to make it came to its end.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from orchestration.dbt_runner import BuildReport
from orchestration.quality.report import GateReport
from orchestration.warehouse import Connection

TABLE = """
create table if not exists control.checks (
    run_id varchar not null, step varchar not null, state varchar not null,
    checked bigint not null, not_passed json not null, recorded_at timestamp not null,
    primary key (run_id, step)
);
"""
CHECKED = {
    "arrival_raw": "the gate of raw rows",
    "staging": "dbt's tests of staging",
    "arrival_staging": "the gate of staged rows",
    "marts": "dbt's tests of the marts",
    "departure_crm": "the gate of what leaves",
}
"""The steps that check something, in order."""
_PASSED = ("pass", "warn")
_BUILT = ("success", "no-op", "partial success")


@dataclass(frozen=True)
class Checked:
    """What a step found."""

    count: int
    """Tests or expectations looked at."""
    not_passed: Sequence[str] = ()
    is_unchanged: bool = False
    """Nothing was looked at, for nothing had changed: what the run before found holds."""

    @classmethod
    def of_build(cls, report: BuildReport) -> Checked:
        """dbt's tests; one that was skipped, or has any other end, did not pass."""
        tests = [each for each in report.results if each.is_test]
        amiss = [
            f"dbt {each.resource_type} {each.name}: {each.status}"
            for each in report.results
            if each.status not in (_PASSED if each.is_test else _BUILT)
        ]
        return cls(
            len(tests), [*amiss, *(["dbt did not come to its end"] if report.trouble else [])]
        )

    @classmethod
    def of_gate(cls, report: GateReport) -> Checked:
        """Expectations; of what leaves, those too that only warn."""
        unmet = [
            f"expectation {each.name} on {each.table}"
            for each in report.outcomes
            if not each.success and (each.is_blocking or report.gate == "departure_crm")
        ]
        return cls(len(report.outcomes), unmet)


UNCHANGED = Checked(0, is_unchanged=True)


def note_checks(connection: Connection, run_id: str, step: str, found: Checked) -> None:
    """Write down what a step found; a second time replaces the first."""
    connection.execute(
        "insert into control.checks values (?, ?, ?, ?, cast(? as json), ?) "
        "on conflict (run_id, step) do update set state = excluded.state, "
        "checked = excluded.checked, not_passed = excluded.not_passed, "
        "recorded_at = excluded.recorded_at",
        [
            *(run_id, step, "unchanged" if found.is_unchanged else "looked_at", found.count),
            *(json.dumps(list(found.not_passed)), datetime.now(UTC).replace(tzinfo=None)),
        ],
    )


def take_over_checks(connection: Connection, earlier: str, run_id: str) -> None:
    """What an earlier run found, for the one that goes on where it ended."""
    connection.execute(
        "insert into control.checks select ?, step, state, checked, not_passed, recorded_at "
        "from control.checks where run_id = ? on conflict (run_id, step) do nothing",
        [run_id, earlier],
    )


def not_passed(connection: Connection) -> list[str]:
    """What did not pass when the marts in use were made, or was not looked at; a line each."""
    if not connection.has_table("control", "checks"):
        return ["there is no record of what was checked of these marts"]
    amiss = []
    for step, called in CHECKED.items():
        found = connection.execute(
            "select publications.run_id, checks.state, checks.checked, "
            "cast(checks.not_passed as varchar) from control.publications as publications "
            "left join control.checks as checks "
            "on publications.run_id = checks.run_id and checks.step = ? "
            "where coalesce(checks.state, '') <> 'unchanged' "
            "order by publications.published_at desc limit 1",
            [step],
        ).fetchone()
        if found is None or found[1] is None:
            run = f" of run {found[0]}" if found is not None else ""
            amiss.append(f"there is no record{run} of {called}")
        elif not found[2]:
            amiss.append(f"{called} looked at nothing in run {found[0]}")
        else:
            amiss += [f"{each} (run {found[0]})" for each in json.loads(found[3])]
            if step == "staging":
                amiss += _after_erasure(connection, found[0])
    return amiss


def _after_erasure(connection: Connection, run_id: str) -> list[str]:
    """What did not pass when rows were staged again, because people were erased in between."""
    found = connection.execute(
        "select cast(not_passed as varchar) from control.checks "
        "where run_id = ? and step = 'erasure'",
        [run_id],
    ).fetchall()
    return [f"{each} (run {run_id})" for (listed,) in found for each in json.loads(listed)]
