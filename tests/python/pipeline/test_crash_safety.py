"""Killed as any step begins, a run leaves readers whole marts, and the next one ends as if
nothing had happened.
"""

from __future__ import annotations

import csv
import hashlib
from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

import duckdb

from orchestration.demo.generate import make_demo
from orchestration.workspace import Workspace
from pipeline.killing import STEPS, run
from pipeline.slicing import Raw, cut, differences, read_raw, write_rows

PEOPLE = 150
AS_OF = datetime(2026, 6, 1)
COLUMN_OF_ID = 0


@dataclass(frozen=True)
class Victim:
    """A warehouse whose runs get killed."""

    workspace: Workspace

    def run(self, raw: Path, kill_at: str = "") -> None:
        """`leadger run`, killed as the step named begins."""
        run(self.workspace.warehouse, raw, AS_OF, kill_at)

    @property
    def published(self) -> str:
        """A fingerprint of the readers' file; empty where there is none."""
        file = self.workspace.published
        return hashlib.sha256(file.read_bytes()).hexdigest() if file.exists() else ""

    def assert_readable(self) -> None:
        """The readers' file holds every mart, of one and the same build."""
        with duckdb.connect(str(self.workspace.published), read_only=True) as connection:
            people = connection.execute("select count(*) from marts.leads").fetchall()
            changed = connection.execute(
                "select count(distinct lead_id) from marts.lead_stage_changes"
            ).fetchall()
        assert people == changed
        assert people > [(0,)]


def test_killed_at_every_step_and_then_run_to_the_end(tmp_path: Path) -> None:
    make_demo(tmp_path / "demo", people=PEOPLE, seed=5, until=date(2026, 5, 30))
    halves = cut(read_raw(tmp_path / "demo", AS_OF), 2, "crash", ["in_order"])
    first, second = (write_rows(half, tmp_path / f"half-{n}") for n, half in enumerate(halves))
    victim = Victim(Workspace(tmp_path / "killed" / "crash.duckdb"))

    victim.run(first, kill_at="crm")
    victim.assert_readable()
    before = victim.published
    for step in STEPS[1:-1]:  # all but the start, where nothing happens, and the CRM
        victim.run(second, kill_at=step)
        assert victim.published == before, f"killed at {step}, the readers' file changed"
        victim.assert_readable()
    victim.run(second)
    assert victim.published != before

    clean = Victim(Workspace(tmp_path / "clean" / "crash.duckdb"))
    clean.run(write_rows(_together(first, second), tmp_path / "all"))
    for where in ("warehouse", "published"):
        files = (getattr(one.workspace, where) for one in (victim, clean))
        said = differences(*files, ignored=("lead_stage_audit", "audit_digests"))
        assert not said, "\n".join(said)
    assert_told_once(victim.workspace)
    assert acknowledged(victim.workspace) == acknowledged(clean.workspace)


def _together(*folders: Path) -> Raw:
    raw: Raw = {}
    for folder in folders:
        for file in sorted(folder.glob("*.csv")):
            with file.open(encoding="utf-8", newline="") as stream:
                raw.setdefault(file.stem, []).extend(csv.DictReader(stream))
    return raw


def assert_told_once(workspace: Workspace) -> None:
    """No record is open, none was told twice, and the files say what the ledger says."""
    with duckdb.connect(str(workspace.warehouse), read_only=True) as connection:
        told = Counter(
            connection.execute(
                "select run, object_id from crm_sync.sync_records where outcome = 'acknowledged'"
            ).fetchall()
        )
        left = connection.execute(
            "select run, sequence from crm_sync.sync_records group by all "
            "having not bool_or(outcome in ('acknowledged', 'superseded'))"
        ).fetchall()
        again = connection.execute(
            "select object_id, properties from crm_sync.sync_records "
            "where outcome = 'acknowledged' group by all having count(*) > 1"
        ).fetchall()
    assert left == []
    assert again == []
    assert set(told.values()) == {1}
    written = Counter(
        row[COLUMN_OF_ID]
        for file in workspace.outbox.glob("*.csv")
        for row in list(csv.reader(file.open(encoding="utf-8", newline="")))[1:]
    )
    assert written == Counter(object_id for _, object_id in told)


def acknowledged(workspace: Workspace) -> list[tuple[str, str, str]]:
    """What the CRM was told last, by contact and property."""
    with duckdb.connect(str(workspace.warehouse), read_only=True) as connection:
        return connection.execute(
            """
            select object_id, key, arg_max(value, record_id) from (
                select object_id, record_id, unnest(json_keys(properties)) as key,
                    properties ->> key as value
                from crm_sync.sync_records where outcome = 'acknowledged'
            ) group by object_id, key order by all
            """
        ).fetchall()
