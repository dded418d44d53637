"""The rules of page 3.2, each with the fault it guards against."""

from __future__ import annotations

import csv
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from orchestration.crm.destination import Answer, Change, Outcome
from orchestration.crm.files import FilesDestination
from orchestration.crm.mapping import CrmMapping, read_mapping
from orchestration.crm.sync import SyncReport, sync
from orchestration.errors import UnusableInputError
from orchestration.spreadsheet import inert
from orchestration.workspace import PROJECT, Workspace

Query = Callable[..., list[tuple[object, ...]]]


def push(workspace: Workspace, run: str, *, dry_run: bool = False) -> SyncReport:
    destination = FilesDestination(workspace.outbox, read_mapping("files"))
    return sync(workspace, run_id=run, destination=destination, started_by="test", dry_run=dry_run)


def rows_of(file: Path | None) -> list[dict[str, str]]:
    assert file is not None
    with file.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def acknowledged_once(query: Query) -> bool:
    found = query(
        "select object_id from crm_sync.sync_records where outcome = 'acknowledged' "
        "group by object_id having count(*) <> 1"
    )
    return not found


def test_a_first_sync_writes_every_contact_with_objections_first(
    workspace: Workspace, query: Query
) -> None:
    report = push(workspace, "r1")
    assert (report.planned, report.acknowledged, report.objections) == (3, 3, 1)
    rows = rows_of(report.file)
    assert [row["Record ID"] for row in rows] == ["3", "1", "2"]
    assert next(iter(rows[0])) == "Record ID"
    assert rows[0]["do_not_contact"] == "true"
    assert rows[1]["lifecyclestage"] == "marketingqualifiedlead"
    assert rows[1]["leadger_stage_since"] == "2026-01-02T10:00:00Z"
    assert rows[1]["leadger_last_contents"] == 'Guide "A", B'
    assert rows[1]["leadger_sla_due_at"] == ""
    assert query("select run, state, mode, planned, acknowledged from crm_sync.sync_runs") == [
        ("r1", "done", "push", 3, 3)
    ]
    steps = query(
        "select outcome from crm_sync.sync_records where object_id = '1' order by record_id"
    )
    assert steps == [("planned",), ("sent",), ("acknowledged",)]


def test_a_second_sync_with_nothing_new_writes_nothing(workspace: Workspace, query: Query) -> None:
    push(workspace, "r1")
    before = query("select count(*) from crm_sync.sync_records")
    report = push(workspace, "r2")
    assert (report.planned, report.file) == (0, None)
    assert query("select count(*) from crm_sync.sync_records") == before
    assert query("select count(*) from crm_sync.sync_runs") == [(1,)]
    assert len(list(workspace.outbox.iterdir())) == 1


def test_only_what_changed_is_sent_and_a_value_may_come_back(
    workspace: Workspace, query: Query
) -> None:
    push(workspace, "r1")
    for run, score in (("r2", 80), ("r3", 72)):
        query("update marts.crm_lead_status set score = ? where crm_contact_id = '1'", score)
        report = push(workspace, run)
        assert [row["leadger_score"] for row in rows_of(report.file)] == [str(score)]
    sent = query(
        "select run, properties::varchar, before::varchar from crm_sync.sync_records "
        "where run <> 'r1' and outcome = 'acknowledged' order by record_id"
    )
    assert sent == [
        ("r2", '{"leadger_score":"80"}', '{"leadger_score":"72"}'),
        ("r3", '{"leadger_score":"72"}', '{"leadger_score":"80"}'),
    ]
    assert push(workspace, "r4").planned == 0


def test_a_value_that_goes_is_cleared(workspace: Workspace, query: Query) -> None:
    push(workspace, "r1")
    query("update marts.crm_lead_status set next_action = null where crm_contact_id = '2'")
    push(workspace, "r2")
    assert query(
        "select properties::varchar from crm_sync.sync_records where run = 'r2' limit 1"
    ) == [('{"leadger_next_action":""}',)]
    assert push(workspace, "r3").planned == 0


def test_an_objection_to_one_channel_comes_first_too(workspace: Workspace, query: Query) -> None:
    push(workspace, "r1")
    query("update marts.crm_lead_status set score = 80")
    query("update marts.crm_lead_status set do_not_phone = true where crm_contact_id = '2'")
    report = push(workspace, "r2")
    rows = rows_of(report.file)
    assert [row["Record ID"] for row in rows] == ["2", "1", "3"]
    assert (report.objections, rows[0]["do_not_phone"], rows[0]["do_not_email"]) == (
        *(1, "true"),
        "false",
    )


def test_who_never_had_a_stage_is_told_of_by_channels_alone(
    workspace: Workspace, query: Query
) -> None:
    push(workspace, "r1")
    query(
        "insert into marts.crm_lead_status (crm_contact_id, lead_id, do_not_contact, do_not_email, "
        "do_not_phone, do_not_post) values ('4', 'p4', false, false, true, false)"
    )
    report = push(workspace, "r2")
    assert (report.planned, report.objections) == (1, 1)
    assert query(
        "select properties::varchar from crm_sync.sync_records where run = 'r2' limit 1"
    ) == [
        (
            '{"do_not_contact":"false","do_not_email":"false","do_not_phone":"true",'
            '"do_not_post":"false"}',
        )
    ]
    assert push(workspace, "r3").planned == 0


def test_a_dry_run_sends_nothing(workspace: Workspace, query: Query) -> None:
    report = push(workspace, "r1", dry_run=True)
    assert (report.planned, report.acknowledged) == (3, 0)
    line = next(
        row
        for row in rows_of(report.file)
        if row["Record ID"] == "3" and row["property"] == "do_not_contact"
    )
    assert (line["before"], line["after"]) == ("", "true")
    assert query("select count(*) from crm_sync.sync_records") == [(0,)]
    assert query("select count(*) from crm_sync.plan") == [(3,)]
    assert query("select mode, state from crm_sync.sync_runs") == [("dry_run", "done")]
    assert push(workspace, "r1").run == "r1.2"


@pytest.mark.parametrize("moment", ["before_sending", "before_renaming", "before_answering"])
def test_killed_at_any_point_every_record_is_acknowledged_once(
    workspace: Workspace, query: Query, moment: str
) -> None:
    killed = subprocess.run(
        [sys.executable, "-c", KILLED, str(workspace.warehouse), moment],
        cwd=PROJECT,
        check=False,
        capture_output=True,
        text=True,
    )
    assert killed.returncode == -9, killed.stderr
    report = push(workspace, "r2")
    files = list(workspace.outbox.glob("*.csv"))
    if moment == "before_answering":
        assert (report.planned, report.settled) == (0, 3)
        assert files[0].name.startswith("crm-r1-")
    else:
        assert report.acknowledged == 3
        assert files == [report.file]
    assert len(files) == 1
    assert not list(workspace.outbox.glob("*.part"))
    assert acknowledged_once(query)
    assert query("select count(*) from crm_sync.sync_records where outcome = 'acknowledged'") == [
        (3,)
    ]
    assert query("select state from crm_sync.sync_runs where run = 'r1'") == [("interrupted",)]
    assert push(workspace, "r3").planned == 0


KILLED = """
import os, signal, sys
from pathlib import Path
from orchestration.crm.files import FilesDestination
from orchestration.crm.mapping import read_mapping
from orchestration.crm.sync import sync
from orchestration.workspace import Workspace

class Killed(FilesDestination):
    def push(self, run, changes):
        if sys.argv[2] == "before_sending":
            os.kill(os.getpid(), signal.SIGKILL)
        return super().push(run, changes)

    def _put_in_place(self, part, file):
        if sys.argv[2] == "before_renaming":
            os.kill(os.getpid(), signal.SIGKILL)
        super()._put_in_place(part, file)
        os.kill(os.getpid(), signal.SIGKILL)

space = Workspace(Path(sys.argv[1]))
sync(space, run_id="r1", destination=Killed(space.outbox, read_mapping("files")), started_by="t")
"""


@dataclass
class Scripted:
    """A CRM that answers as told, by record; silent where told nothing."""

    answers: dict[str, Answer | Exception] = field(default_factory=dict)
    name: str = "files"
    batch_size: int | None = 2
    takes_whole_rows: bool = True
    batches: list[list[Change]] = field(default_factory=list)
    lacks: list[str] = field(default_factory=list)

    def check(self, mapping: CrmMapping) -> list[str]:
        return self.lacks

    def push(self, run: str, changes: Iterable[Change]) -> Iterator[Answer]:
        batch = list(changes)
        self.batches.append(batch)
        for change in batch:
            answer = self.answers.get(change.object_id)
            if isinstance(answer, Exception):
                raise answer
            if answer is not None:
                yield Answer(
                    change.sequence,
                    answer.outcome,
                    answer.reason,
                    answer.http_status,
                    answer.error_category,
                )

    def settle(self, run: str, changes: Iterable[Change]) -> Iterator[Answer]:
        for change in changes:
            yield Answer(change.sequence, Outcome.RETRY, "read back: not there")

    def file_of(self, run: str) -> Path | None:
        return None


GOOD = Answer(0, Outcome.ACKNOWLEDGED, http_status=200)


def test_a_destination_answers_record_by_record(workspace: Workspace, query: Query) -> None:
    crm = Scripted(
        {
            "3": GOOD,
            "1": Answer(0, Outcome.REJECTED, "invalid option", 400, "VALIDATION_ERROR"),
        }
    )
    report = sync(workspace, run_id="r1", destination=crm, started_by="test")
    assert [[change.object_id for change in batch] for batch in crm.batches] == [["3", "1"], ["2"]]
    assert (report.acknowledged, report.rejected, report.unknown) == (1, 1, 1)
    assert query(
        "select reason, http_status, error_category from crm_sync.sync_records "
        "where outcome = 'rejected'"
    ) == [("invalid option", 400, "VALIDATION_ERROR")]

    # The unanswered one is tried again, the rejected one is parked until it says something else.
    again = Scripted({"2": GOOD})
    assert sync(workspace, run_id="r2", destination=again, started_by="test").acknowledged == 1
    assert [change.attempt for change in again.batches[0]] == [2]
    query("update marts.crm_lead_status set score = 90 where crm_contact_id = '1'")
    freed = Scripted({"1": GOOD})
    assert sync(workspace, run_id="r3", destination=freed, started_by="test").acknowledged == 1
    assert acknowledged_once(query)


def test_marts_told_whole_are_not_compared_again(workspace: Workspace, query: Query) -> None:
    def sync_as(run: str, since: str | None, **answers: Answer | Exception) -> SyncReport:
        return sync(
            workspace,
            run_id=run,
            destination=Scripted(answers),
            started_by="test",
            published_by=run,
            unchanged_since=since,
        )

    told = "select published_by from crm_sync.told_up_to"
    left = sync_as("r1", None, **{"1": GOOD, "2": GOOD, "3": Answer(0, Outcome.RETRY)})
    assert (left.acknowledged, query(told)) == (2, [])
    assert sync_as("r2", "r1", **{"3": GOOD}).acknowledged == 1
    assert query(told) == [("r2",)]

    # Behind the sync's back: whoever says that nothing changed is believed, and nobody else.
    query("update marts.crm_lead_status set score = 91 where crm_contact_id = '1'")
    assert sync_as("r3", "r2").planned == 0
    assert query(told) == [("r3",)]
    query("update crm_sync.told_up_to set mapping = 'another'")
    assert sync_as("r4", "r3", **{"1": GOOD}).acknowledged == 1
    query("update marts.crm_lead_status set score = 92 where crm_contact_id = '1'")
    assert sync_as("r5", "r3", **{"1": GOOD}).acknowledged == 1
    assert sync_as("r6", None).planned == 0


def test_a_destination_that_breaks_off_is_settled_by_the_next_run(
    workspace: Workspace, query: Query
) -> None:
    crm = Scripted({"3": GOOD, "1": GOOD, "2": ConnectionError("gone")})
    with pytest.raises(ConnectionError):
        sync(workspace, run_id="r1", destination=crm, started_by="test")
    assert query("select state, acknowledged from crm_sync.sync_runs") == [("failed", 2)]
    report = sync(workspace, run_id="r2", destination=Scripted({"2": GOOD}), started_by="test")
    assert (report.settled, report.planned, report.acknowledged) == (1, 1, 1)
    assert acknowledged_once(query)


def test_a_crm_that_lacks_a_property_stops_the_sync(workspace: Workspace, query: Query) -> None:
    crm = Scripted(lacks=["create property leadger_stage (string)"])
    with pytest.raises(UnusableInputError, match="create property leadger_stage"):
        sync(workspace, run_id="r1", destination=crm, started_by="test")
    assert query("select count(*) from crm_sync.sync_runs") == [(0,)]


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("=1+1", "'=1+1"),
        ("+cmd|' /C calc'!A0", "'+cmd|' /C calc'!A0"),
        ("-2+3", "'-2+3"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("\t=1", "'\t=1"),
        ("-12.5", "-12.5"),
        ("+33612345678", "+33612345678"),
        ("a=b", "a=b"),
        ("", ""),
    ],
)
def test_cells_are_inert(cell: str, expected: str) -> None:
    assert inert(cell) == expected


def test_a_formula_in_the_data_is_inert_in_the_file_and_true_in_the_ledger(
    workspace: Workspace, query: Query
) -> None:
    query("update marts.crm_lead_status set last_contents = '=HYPERLINK(\"x\")'")
    report = push(workspace, "r1")
    assert {row["leadger_last_contents"] for row in rows_of(report.file)} == {'\'=HYPERLINK("x")'}
    assert push(workspace, "r2").planned == 0


def test_there_must_be_marts(tmp_path: Path) -> None:
    with pytest.raises(UnusableInputError, match=r"no table marts\.crm_lead_status"):
        push(Workspace(tmp_path / "empty.duckdb"), "r1")
