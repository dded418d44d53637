"""Whatever is done to the log, the digests or the heads file is found, and the first run named."""

from __future__ import annotations

import hashlib
import json
import shutil
import tracemalloc
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import duckdb
import pytest
import yaml
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from audit.conftest import RUNS, Query, change, recorded_at, say
from orchestration.audit.chain import Head, digests_of_rows, read_heads, seal
from orchestration.audit.tables import DIGEST_COLUMNS, LOG_COLUMNS, create_tables
from orchestration.audit.verify import examine, verify
from orchestration.audit.witness import read_testimony, witness
from orchestration.cli import main
from orchestration.errors import LeadgerError, UnusableInputError
from orchestration.warehouse import Connection, open_warehouse
from orchestration.workspace import PROJECT, Workspace

Pristine = tuple[Connection, Path]
COPY_OF_ROW_2 = (
    "insert into marts.lead_stage_audit by name "
    "select * replace ({audit_id} as audit_id, '{run_id}' as run_id) "
    "from marts.lead_stage_audit where audit_id = 2"
)


def test_an_untouched_log_is_sound(workspace: Workspace) -> None:
    verdict = verify(workspace.warehouse)
    head = verdict.heads[-1].chained_digest
    assert (verdict.is_sound, verdict.warnings) == (True, ())
    assert str(verdict) == f"7 rows, 4 runs, head {head}, witnessed by {workspace.audit_heads}"


@pytest.mark.parametrize(
    ("tampering", "run_id", "said"),
    [
        (
            "update marts.lead_stage_audit set score_after = 70 where audit_id = 2",
            "r1",
            "one of its rows was altered",
        ),
        (
            "update marts.lead_stage_audit set path = null where path = ''",
            "r1",
            "one of its rows was altered",
        ),
        (
            "update marts.lead_stage_audit set path = '' where path is null and audit_id > 3",
            "r2",
            "one of its rows was altered",
        ),
        (
            # the same text in all, cut elsewhere
            "update marts.lead_stage_audit set cause = 'email_click', "
            "cause_fact_id = '|pricing_page' || cause_fact_id where audit_id = 5",
            "r2",
            "one of its rows was altered",
        ),
        (
            "update marts.lead_stage_audit set recorded_at = recorded_at - interval 1 microsecond "
            "where audit_id = 7",
            "r4",
            "one of its rows was altered",
        ),
        (
            COPY_OF_ROW_2.format(audit_id=8, run_id="r2"),
            "r2",
            "the log has 1 row(s) more of it than were sealed",
        ),
        (
            COPY_OF_ROW_2.format(audit_id=2, run_id="r1"),
            "r1",
            "the log has 1 row(s) more of it than were sealed",
        ),
        (
            COPY_OF_ROW_2.format(audit_id=8, run_id="r5"),
            "r5",
            "1 row(s) of the log name it, from audit_id 8 on, but marts.audit_digests has no such",
        ),
        (
            COPY_OF_ROW_2.format(audit_id=4, run_id="forged"),
            "forged",
            "1 row(s) of the log name it, from audit_id 4 on",
        ),
        (
            "delete from marts.lead_stage_audit where audit_id = 4",
            "r2",
            "1 of its 2 rows are missing from the log",
        ),
        (
            # and the gap closed
            "delete from marts.lead_stage_audit where audit_id = 4; "
            "update marts.lead_stage_audit set audit_id = audit_id - 1 where audit_id > 4",
            "r2",
            "1 of its 2 rows are missing from the log",
        ),
        (
            "delete from marts.lead_stage_audit where run_id = 'r4'",
            "r4",
            "2 of its 2 rows are missing from the log",
        ),
        (
            "delete from marts.lead_stage_audit where run_id = 'r4'; "
            "delete from marts.audit_digests where run_id = 'r4'",
            "r4",
            "gone from marts.audit_digests",
        ),
        (
            "delete from marts.lead_stage_audit; delete from marts.audit_digests",
            "r1",
            "gone from marts.audit_digests",
        ),
        ("drop table marts.audit_digests", "r1", "marts.audit_digests is gone"),
        (
            "update marts.lead_stage_audit set audit_id = case audit_id when 1 then 2 else 1 end "
            "where audit_id in (1, 2)",
            "r1",
            "one of its rows was altered",
        ),
        (
            "update marts.lead_stage_audit set audit_id = case audit_id when 5 then 7 else 5 end "
            "where audit_id in (5, 7)",
            "r2",
            "its rows are no longer numbered 4 to 5",
        ),
        (
            "update marts.lead_stage_audit set run_id = case run_id when 'r1' then 'r2' "
            "else 'r1' end where audit_id in (3, 4)",
            "r1",
            "its rows are no longer numbered 1 to 3",
        ),
        (
            "update marts.lead_stage_audit set audit_id = 9 where audit_id = 7",
            "r4",
            "its rows are no longer numbered 6 to 7",
        ),
        (
            "update marts.lead_stage_audit set audit_id = null where audit_id = 5",
            "r2",
            "its rows are no longer numbered 4 to 5",
        ),
        (
            "update marts.audit_digests set digest = repeat('0', 64) where run_id = 'r3'",
            "r3",
            "its row in marts.audit_digests was altered",
        ),
        (
            "update marts.audit_digests set recorded_at = recorded_at + interval 1 day "
            "where run_id = 'r2'",
            "r2",
            "its row in marts.audit_digests was altered",
        ),
        (
            "update marts.audit_digests set chained_digest = null where run_id = 'r1'",
            "r1",
            "its row in marts.audit_digests was altered",
        ),
        (
            "update marts.audit_digests set rows_in_run = 3, rows_so_far = 5 where run_id = 'r3'",
            "r3",
            "its row in marts.audit_digests was altered",
        ),
        (
            "delete from marts.audit_digests where run_id = 'r3'",
            "r3",
            "its row in marts.audit_digests is missing",
        ),
        (
            "update marts.audit_digests set run_number = null where run_id = 'r2'",
            "r2",
            "its row in marts.audit_digests is missing",
        ),
        (
            "insert into marts.audit_digests by name select * replace ('r9' as run_id) "
            "from marts.audit_digests where run_number = 2",
            "r9",
            "in marts.audit_digests was",
        ),
        (
            "delete from marts.lead_stage_changes where change_id = 'c1@5'",
            "r4",
            "which has 0 row(s) nobody asserted and lacks 1 that stand",
        ),
        (
            "update marts.lead_stage_changes set path = '' where change_id = 'c1@9'",
            "r4",
            "which has 1 row(s) nobody asserted and lacks 1 that stand",
        ),
    ],
)
def test_tampering_is_found(
    workspace: Workspace, query: Query, tampering: str, run_id: str, said: str
) -> None:
    query(tampering)
    fault = verify(workspace.warehouse).fault
    assert fault is not None
    assert said in str(fault)
    assert fault.run_id == run_id


def forge(workspace: Workspace, tampering: str) -> None:
    """Alter the log and chain every run anew, as one who knows how can."""
    with open_warehouse(workspace.warehouse) as connection:
        connection.execute(tampering)
        connection.execute("create temp table forged as from marts.lead_stage_audit")
        connection.execute("delete from marts.lead_stage_audit")
        connection.execute("delete from marts.audit_digests")
        for run_id in RUNS:
            connection.execute(
                "insert into marts.lead_stage_audit from forged where run_id = ?", [run_id]
            )
            seal(connection, run_id=run_id, recorded_at=recorded_at(run_id))


def test_a_chain_forged_from_a_row_on_is_told_by_the_heads_file(workspace: Workspace) -> None:
    forge(workspace, "update marts.lead_stage_audit set reason = 'new' where audit_id = 5")
    fault = verify(workspace.warehouse).fault
    assert fault is not None
    assert (fault.run_number, fault.run_id) == (2, "r2")
    assert f"witnessed in {workspace.audit_heads}, but not what it says now" in fault.said


def test_a_forgery_that_goes_on_is_still_told(workspace: Workspace) -> None:
    """The next run witnesses its own head, which does not unsay the old ones."""
    forge(workspace, "update marts.lead_stage_audit set reason = 'new' where audit_id = 5")
    with open_warehouse(workspace.warehouse) as connection:
        say(connection, "r5", recorded_at("r5"), [])
        witness(workspace, connection)
    fault = verify(workspace.warehouse).fault
    assert fault is not None
    assert fault.run_id == "r2"


def test_the_first_of_several_faults_is_named(workspace: Workspace, query: Query) -> None:
    query("update marts.audit_digests set digest = '' where run_number = 4")
    query("update marts.lead_stage_audit set cause = 'x' where audit_id = 5")
    query("delete from marts.audit_digests where run_number = 3")
    fault = verify(workspace.warehouse).fault
    assert fault is not None
    assert fault.run_id == "r2"


def test_a_heads_file_that_is_missing_behind_or_cut_short(workspace: Workspace) -> None:
    file = workspace.audit_heads
    whole = file.read_text()
    lines = whole.splitlines(keepends=True)
    file.unlink()
    verdict = verify(workspace.warehouse)
    assert verdict.is_sound
    assert "witnessed by" not in str(verdict)
    assert f"{file} is missing" in verdict.warnings[0]

    file.write_text("".join(lines[:3]) + lines[3][:40])
    verdict = verify(workspace.warehouse)
    assert verdict.is_sound
    assert "is behind: it lacks 1 run(s), the first of them r4" in verdict.warnings[0]
    assert "line 4: not a head" in verdict.warnings[1]

    with open_warehouse(workspace.warehouse) as connection:
        assert witness(workspace, connection) == 1
        assert witness(workspace, connection) == 0
    assert file.read_text().startswith("".join(lines[:3]) + lines[3][:40] + "\n")
    assert [head.run_id for head in read_testimony(file).heads] == ["r1", "r2", "r3", "r4"]
    assert verify(workspace.warehouse).is_sound


@pytest.mark.parametrize(
    "line",
    [
        "",
        "null",
        "[1]",
        "{}",
        '{"run_number": "x"}',
        '{"run_number": 2, "run_id": [], "recorded_at": "2026-03-02", "rows_in_run": 2, '
        '"rows_so_far": 5, "digest": {}, "chained_digest": []}',
    ],
)
def test_a_line_that_is_no_head_is_said_and_written_anew(workspace: Workspace, line: str) -> None:
    lines = workspace.audit_heads.read_text().splitlines()
    workspace.audit_heads.write_text("\n".join([lines[0], line, *lines[2:]]) + "\n")
    verdict = verify(workspace.warehouse)
    assert verdict.is_sound
    assert "lacks 1 run(s), the first of them r2" in verdict.warnings[0]
    assert len(verdict.warnings) == (2 if line else 1)
    with open_warehouse(workspace.warehouse) as connection:
        assert witness(workspace, connection) == 1


def test_a_witness_who_was_made_to_say_something_else(workspace: Workspace) -> None:
    said = workspace.audit_heads.read_text()
    workspace.audit_heads.write_text(said.replace('"rows_so_far": 5', '"rows_so_far": 6', 1))
    fault = verify(workspace.warehouse).fault
    assert fault is not None
    assert fault.run_id == "r2"


def test_a_file_that_cannot_be_written_or_read(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_: int) -> None:
        raise OSError("no space left on device")

    workspace.audit_heads.unlink()
    with open_warehouse(workspace.warehouse) as connection:
        monkeypatch.setattr("orchestration.audit.witness.os.fsync", full)
        with pytest.raises(LeadgerError, match=r"cannot be written \(no space left"):
            witness(workspace, connection)
    workspace.audit_heads.unlink()
    workspace.audit_heads.mkdir()
    with pytest.raises(UnusableInputError, match="cannot be read"):
        verify(workspace.warehouse)


def test_a_digest_gone_without_a_witness_is_named_from_the_log(
    workspace: Workspace, query: Query
) -> None:
    workspace.audit_heads.unlink()
    query("delete from marts.audit_digests where run_id = 'r2'")
    fault = verify(workspace.warehouse).fault
    assert fault is not None
    assert fault.run_id == "r2"


def test_the_file_is_only_ever_appended_to(workspace: Workspace) -> None:
    before = workspace.audit_heads.read_bytes()
    with open_warehouse(workspace.warehouse) as connection:
        say(connection, "r5", recorded_at("r5"), [("asserted", "new", change("c3", 1, 3, "lead"))])
        witness(workspace, connection)
    after = workspace.audit_heads.read_bytes()
    assert after.startswith(before)
    assert json.loads(after[len(before) :])["run_id"] == "r5"


def test_the_digest_is_what_the_documentation_says(workspace: Workspace, query: Query) -> None:
    """Written out naively, from the rows as Python sees them."""

    def text(value: object) -> str:
        if value is None:
            return ":"
        shown = (
            value.strftime("%Y-%m-%dT%H:%M:%S.%f") if isinstance(value, datetime) else str(value)
        )
        return f"{len(shown)}:{shown}"

    chained: str | None = None
    digests = ", ".join(DIGEST_COLUMNS)
    for *sealed, chained_digest in query(f"select {digests} from marts.audit_digests order by 1"):
        rows = query(
            f"select {', '.join(LOG_COLUMNS)} from marts.lead_stage_audit where run_id = ? "
            "order by audit_id",
            sealed[1],
        )
        said = "".join(text(value) for row in rows for value in row)
        assert hashlib.sha256(said.encode()).hexdigest() == sealed[-1]
        link = "".join(text(value) for value in [chained, *sealed])
        chained = hashlib.sha256(link.encode()).hexdigest()
        assert chained == chained_digest


def test_a_run_is_sealed_once_and_only_with_its_own_rows(workspace: Workspace) -> None:
    with open_warehouse(workspace.warehouse) as connection:
        with pytest.raises(LeadgerError, match=r"sealed in marts\.audit_digests already"):
            seal(connection, run_id="r4", recorded_at=recorded_at("r5"))
        connection.execute(COPY_OF_ROW_2.format(audit_id=8, run_id="r6"))
        with pytest.raises(LeadgerError, match="1 of them of another run than r5"):
            seal(connection, run_id="r5", recorded_at=recorded_at("r5"))
        connection.execute("update marts.lead_stage_audit set audit_id = 9 where audit_id = 8")
        with pytest.raises(LeadgerError, match="numbered up to 9"):
            seal(connection, run_id="r6", recorded_at=recorded_at("r6"))


def test_an_instant_with_an_offset_is_sealed_in_utc(workspace: Workspace) -> None:
    paris = datetime(2026, 3, 5, 3, 0, tzinfo=timezone(timedelta(hours=1)))
    with open_warehouse(workspace.warehouse) as connection:
        assert seal(connection, run_id="r5", recorded_at=paris).recorded_at == recorded_at("r5")
    assert verify(workspace.warehouse).is_sound


def test_what_a_rolled_back_run_sealed_is_gone(workspace: Workspace) -> None:
    with open_warehouse(workspace.warehouse) as connection:
        connection.begin()
        seal(connection, run_id="r5", recorded_at=recorded_at("r5"))
        connection.rollback()
        assert [head.run_id for head in read_heads(connection)] == ["r1", "r2", "r3", "r4"]


def test_the_pieces_of_a_long_run_are_one_text(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    with open_warehouse(workspace.warehouse) as connection:
        whole = list(digests_of_rows(connection, 0, 7))
        monkeypatch.setattr("orchestration.audit.chain.ROWS_AT_ONCE", 2)
        assert list(digests_of_rows(connection, 0, 7)) == whole
        assert [run_id for run_id, _ in whole] == ["r1", "r2", "r4"]


def test_a_warehouse_without_a_log(tmp_path: Path) -> None:
    empty = tmp_path / "empty.duckdb"
    duckdb.connect(str(empty)).close()
    with pytest.raises(UnusableInputError, match="no audit log"):
        verify(empty)


def test_columns_say_what_they_are(query: Query) -> None:
    silent = query(
        "select table_name, column_name from duckdb_columns() where schema_name = 'marts' "
        "and table_name in ('lead_stage_audit', 'audit_digests') and comment is null"
    )
    assert silent == []


def test_dbt_describes_the_digests_as_they_are() -> None:
    file = PROJECT / "models" / "marts" / "audit" / "_audit__sources.yml"
    (table,) = yaml.safe_load(file.read_text(encoding="utf-8"))["sources"][0]["tables"]
    described = {column["name"]: column["data_type"] for column in table["columns"]}
    assert table["name"] == "audit_digests"
    assert described == {name: kind for name, (kind, _) in DIGEST_COLUMNS.items()}
    assert all(column["description"].strip() for column in table["columns"])


def test_the_command_ends_with_one_when_the_log_is_bad(workspace: Workspace, query: Query) -> None:
    words = ["audit", "verify", "--warehouse", str(workspace.warehouse)]
    good = CliRunner().invoke(main, words)
    assert good.exit_code == 0
    assert "7 rows, 4 runs, head " in good.output
    workspace.audit_heads.rename(workspace.audit_heads.with_suffix(".kept"))
    unwitnessed = CliRunner().invoke(main, words)
    assert unwitnessed.exit_code == 0
    assert "is missing" in unwitnessed.stderr
    query("update marts.lead_stage_audit set run_id = 'r9' where audit_id = 1")
    bad = CliRunner().invoke(main, words)
    assert bad.exit_code == 1
    assert "Run r9 (number 1)" in bad.output


# One mutation of one value, one row or two rows; the tables are put back as they were after each.

TABLES = {
    "marts.lead_stage_audit": LOG_COLUMNS,
    "marts.audit_digests": DIGEST_COLUMNS,
}
VALUES: dict[str, st.SearchStrategy[object]] = {
    "varchar": st.none() | st.sampled_from(["", "~", ":", "0:", "r1", "r2"]) | st.text(max_size=5),
    "integer": st.none() | st.integers(-(2**31), 2**31 - 1),
    "bigint": st.none() | st.integers(-3, 12) | st.integers(-(2**63), 2**63 - 1),
    "timestamp": st.none() | st.datetimes(datetime(1, 1, 1), datetime(9999, 12, 31)),
}


@st.composite
def mutations(draw: st.DrawFn) -> list[tuple[str, list[Any]]]:
    """Statements that alter, delete, copy or swap rows of one of the tables."""
    table = draw(st.sampled_from(sorted(TABLES)))
    rows = draw(st.permutations(range(7 if "audit_digests" not in table else 4)))
    column = draw(st.sampled_from(sorted(TABLES[table])))
    value = draw(VALUES[TABLES[table][column][0]].filter(lambda text: "\x00" not in str(text)))
    at = f"(select min(rowid) + {rows[0]} from {table})"
    other = f"(select min(rowid) + {rows[1]} from {table})"
    ways: dict[str, list[tuple[str, list[Any]]]] = {
        "alter": [(f"update {table} set {column} = ? where rowid = {at}", [value])],
        "delete": [(f"delete from {table} where rowid = {at}", [])],
        "copy": [
            (
                f"insert into {table} by name select * replace "
                f"(cast(? as {TABLES[table][column][0]}) as {column}) from {table} "
                f"where rowid = {at}",
                [value],
            )
        ],
        "swap": [
            (
                f"update {table} set {column} = (select {column} from {table} as twin "
                f"where twin.rowid = {at} + {other} - {table}.rowid) "
                f"where rowid in ({at}, {other})",
                [],
            )
        ],
    }
    return ways[draw(st.sampled_from(sorted(ways)))]


@pytest.fixture(scope="module")
def pristine(written: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pristine]:
    space = Workspace(tmp_path_factory.mktemp("pristine") / "audit" / "w.duckdb")
    shutil.copytree(written, space.folder)
    with open_warehouse(space.warehouse) as connection:
        yield connection, space.audit_heads


@given(mutation=mutations())
@settings(max_examples=100, deadline=timedelta(seconds=5))
def test_any_single_mutation_is_found(
    pristine: Pristine, mutation: list[tuple[str, list[Any]]]
) -> None:
    connection, heads_file = pristine
    connection.begin()
    before = [connection.execute(f"from {table} order by all").fetchall() for table in TABLES]
    for statement, values in mutation:
        connection.execute(statement, values or None)
    after = [connection.execute(f"from {table} order by all").fetchall() for table in TABLES]
    verdicts = [examine(connection, file) for file in (heads_file, heads_file.with_name("none"))]
    connection.rollback()
    for verdict in verdicts:
        assert verdict is not None
        assert verdict.is_sound == (after == before)


def test_memory_stays_flat(tmp_path: Path) -> None:
    with open_warehouse(tmp_path / "w.duckdb") as connection:
        create_tables(connection)
        connection.execute(
            "insert into marts.lead_stage_audit by name select i as audit_id, 'r1' as run_id, "
            "repeat('x', 200) as cause from range(1, 200001) as t(i)"
        )
        tracemalloc.start()
        head = seal(connection, run_id="r1", recorded_at=recorded_at("r1"))
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    assert isinstance(head, Head)
    assert head.rows_so_far == 200_000
    assert peak < 40_000_000
