"""The whole job on PostgreSQL and on DuckDB: the same marts, quarantine, ledger and audit log."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from random import Random
from typing import Any

import pytest
from click.testing import CliRunner

from engines.conftest import Query
from orchestration.cli import main
from orchestration.daily import run_daily
from orchestration.demo.generate import make_demo
from orchestration.erasure.key import VARIABLE
from orchestration.run import RunRequest
from orchestration.warehouse import Connection, Database, Place, open_warehouse
from orchestration.workspace import Workspace
from pipeline.slicing import Raw, read_raw, write_rows

pytestmark = pytest.mark.postgres

LANDED = datetime(2026, 5, 31)
FIRST, SECOND = (datetime(2026, 6, day, tzinfo=UTC) for day in (1, 3))
# What a run is called and when it spoke is its own.
OF_A_RUN = frozenset(
    {
        *("run", "run_id", "recorded_at", "published_at", "started_at", "ended_at", "summary"),
        *("digest", "chained_digest", "detail", "seconds", "erased_at", "cleaned_at", "loaded_at"),
        *("first_used_at", "started_by", "sources", "published_by"),
    }
)
COMPARED = ("raw", "staging", "marts", "crm_sync", "control")
FILLED = {
    *("raw.contacts", "raw.events", "raw.consents", "raw._batches", "raw._files"),
    *("marts.leads", "marts.lead_stage_changes", "marts.lead_score_ledger", "marts.lead_aliases"),
    *("marts.crm_lead_status", "marts.lead_stage_audit", "marts.audit_digests"),
    *("staging.stg_events", "staging.staging_row_counts", "staging.quarantine_events"),
    *("crm_sync.sync_records", "crm_sync.sync_runs", "control.lead_upkeep", "control.erasures"),
    *("control.contact_people", "control.publications", "control.erasure_tombstones"),
}
NOT_COMPARED = ("control.readers_file",)


@pytest.fixture
def slices(tmp_path: Path) -> list[Path]:
    """A demo cut in two at random; the second brings a request of erasure."""
    make_demo(tmp_path / "demo", people=200, seed=11, until=date(2026, 6, 1))
    raw, random = read_raw(tmp_path / "demo", LANDED), Random(5)
    parts: list[Raw] = [{}, {}]
    for table, rows in raw.items():
        for row in rows:
            parts[random.random() < 0.3].setdefault(table, []).append(row)
    person = next(row for row in parts[0]["contacts"] if row.get("email") and row["contact_id"])
    request = {
        "consent_id": "please-forget-me",
        "contact_id": person["contact_id"],
        "occurred_at": "2026-06-02T08:00:00Z",
        "kind": "erasure",
        "channel": "all",
        "_loaded_at": "2026-06-02T09:00:00Z",
    }
    parts[1].setdefault("consents", []).append(request)
    return [write_rows(part, tmp_path / f"slice{place}") for place, part in enumerate(parts)]


def rows_of(place: Place) -> dict[str, list[str]]:
    """Every table that is compared, row by row as text."""
    with open_warehouse(place, read_only=True) as connection:
        return dict(_tables(connection))


def _tables(connection: Connection) -> Iterator[tuple[str, list[str]]]:
    for schema in COMPARED:
        for table, kinds in connection.columns(schema).items():
            columns = sorted(kinds.keys() - OF_A_RUN)
            if f"{schema}.{table}" not in NOT_COMPARED and columns:
                listed = ", ".join(f'"{column}"' for column in columns)
                rows = connection.execute(
                    f'select {listed} from {connection.schema(schema)}."{table}"'
                ).fetchall()
                yield f"{schema}.{table}", sorted(map(_shown, rows))


def _shown(row: Any) -> str:
    """Numbers alike whatever type holds them; JSON alike however it is spaced."""
    return repr([_plain(value) for value in row])


def _plain(value: object) -> object:
    if isinstance(value, str) and value[:1] in ("{", "["):
        try:
            return json.dumps(json.loads(value), sort_keys=True)
        except ValueError:
            return value
    if hasattr(value, "as_integer_ratio") and not isinstance(value, bool):
        return float(value)  # type: ignore[arg-type]
    return value


def differences(ours: Place, theirs: Place) -> list[str]:
    one, other = rows_of(ours), rows_of(theirs)
    wrong = [f"{name} is on one side only" for name in sorted(one.keys() ^ other.keys())]
    for name in sorted(one.keys() & other.keys()):
        if one[name] != other[name]:
            only_one = sorted(set(one[name]) - set(other[name]))[:2]
            only_other = sorted(set(other[name]) - set(one[name]))[:2]
            wrong.append(
                f"{name}: {len(one[name])} and {len(other[name])} rows, "
                f"e.g. {only_one} and {only_other}"
            )
    return wrong


def said(place: Place, *words: str) -> str:
    result = CliRunner().invoke(main, [*words, "--warehouse", str(place)])
    assert result.exit_code == 0, result.output
    return str(result.output)


def test_the_whole_job(
    slices: list[Path],
    database: Database,
    query: Query,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv(VARIABLE, "a key that is long enough")
    file = tmp_path / "w.duckdb"
    for as_of, folder in zip((FIRST, SECOND), slices, strict=True):
        for place in (file, database):
            code = run_daily(RunRequest(place, raw=folder, as_of=as_of))
            shown = capsys.readouterr()
            assert code == 0, shown.out + shown.err
        assert differences(file, database) == []
    filled = {name for name, rows in rows_of(database).items() if rows}
    assert filled >= FILLED, sorted(FILLED - filled)

    assert query("select count(*) from control.erasures where cleaned_at is not null") == [(1,)]
    assert "2 runs" in said(database, "audit", "verify")
    leads = query("select lead_id from marts.leads where stage is not null order by 1 limit 5")
    for (lead,) in leads:
        ours, theirs = (
            json.loads(said(place, "explain", str(lead), "--json")) for place in (file, database)
        )
        for story in (ours, theirs):
            for record in story["crm"]:
                record.pop("run")
                record.pop("recorded_at")
        assert ours == theirs
        assert " since " in said(database, "stage", str(lead), "--as-of", "2026-06-03")
    assert "Last runs" in said(database, "status")
    outboxes = [
        sorted(path.read_text(encoding="utf-8") for path in Workspace(place).outbox.glob("*.csv"))
        for place in (file, database)
    ]
    assert outboxes[0] == outboxes[1]

    # nothing new, a dry run and a journey in time
    runs = len(rows_of(database)["control.runs"])
    before = rows_of(database)
    assert run_daily(RunRequest(database, as_of=SECOND, is_dry=True)) == 0
    assert rows_of(database) == before
    assert run_daily(RunRequest(database, as_of=SECOND)) == 0
    assert len(rows_of(database)["control.runs"]) == runs + 1
    assert "3 runs" in said(database, "audit", "verify")
    assert run_daily(RunRequest(database, as_of=FIRST)) == 0
    assert run_daily(RunRequest(file, as_of=FIRST)) == 0
    travelled = "marts__as_of_20260601t000000"
    with open_warehouse(file) as ours_open, open_warehouse(database) as theirs_open:
        ours_rows, theirs_rows = (
            sorted(
                map(
                    _shown,
                    connection.execute(
                        f"select * from {connection.schema(travelled)}.lead_stage_changes"
                    ).fetchall(),
                )
            )
            for connection in (ours_open, theirs_open)
        )
    assert ours_rows == theirs_rows
    assert ours_rows
