"""The job from first step to last: what runs in which order, and what a failure leaves alone."""

from __future__ import annotations

from contextlib import nullcontext
from datetime import UTC, datetime
from pathlib import Path

import dagster as dg
import pytest
from job_double import JobDouble

from orchestration.daily import run_daily
from orchestration.errors import LeadgerError, UnusableInputError
from orchestration.ingest.load import LoadReport
from orchestration.run import RunRequest
from orchestration.run_log import RunLog

EVERYTHING = [
    *("load", "arrival_raw", "build staging", "arrival_staging", "build marts"),
    *("departure_crm", "data docs", "publish", "sync"),
]


@pytest.fixture
def double(monkeypatch: pytest.MonkeyPatch) -> JobDouble:
    double = JobDouble()
    double.install(monkeypatch)
    return double


@pytest.fixture
def request_of(tmp_path: Path) -> RunRequest:
    return RunRequest(tmp_path / "leadger.duckdb", raw=tmp_path, started_by="a test")


def test_everything_in_order(
    double: JobDouble, request_of: RunRequest, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_daily(request_of) == 0
    assert double.calls == EVERYTHING
    shown = capsys.readouterr()
    assert "Done in" in shown.out
    assert [line.split("  ")[0] for line in shown.err.splitlines()] == [
        *("Start", "Load files", "Check what arrived", "Build staging", "Check staging"),
        *("Build marts", "Check what leaves", "Publish marts", "Tell the CRM"),
    ]
    log = RunLog(request_of.warehouse)
    (record,) = log.recent(5)
    assert (record.state, record.is_regular, record.started_by) == ("done", True, "a test")
    assert [step.state for step in log.steps(record.run_id)] == ["done"] * 8
    assert log.verified_batch() == 1
    assert list(log.used_definitions()) == ["2026-01"]


def test_a_raw_table_is_fresh_when_rows_came(
    double: JobDouble, request_of: RunRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    with dg.DagsterInstance.ephemeral() as instance:
        monkeypatch.setattr("orchestration.books.no_books", lambda: nullcontext(instance))

        def made(*key: str) -> float | None:
            event = instance.get_latest_materialization_event(dg.AssetKey(key))
            return event.timestamp if event else None

        assert run_daily(request_of) == 0
        first = made("raw", "contacts")
        assert first is not None
        assert made("raw", "events") is None, "no file of events has ever come"
        published = made("marts", "published")
        # a run that finds no files, and one that is told of none: the feed has died
        monkeypatch.setattr(
            "orchestration.ingest.load.load_folder", lambda *_, **__: LoadReport(None)
        )
        assert run_daily(request_of) == 0
        assert run_daily(RunRequest(request_of.warehouse)) == 0
        assert made("raw", "contacts") == first
        assert made("marts", "published") != published
        double.load(Path(str(request_of.warehouse)), Path())  # `leadger load`, outside of any run
        assert run_daily(RunRequest(request_of.warehouse)) == 0
        assert made("raw", "contacts") != first


@pytest.mark.parametrize("gate", ["arrival_raw", "arrival_staging"])
def test_a_shut_gate_of_arrival_takes_the_batch_out_again(
    double: JobDouble, request_of: RunRequest, gate: str, capsys: pytest.CaptureFixture[str]
) -> None:
    double.shut_gate = gate
    assert run_daily(request_of) == 1
    assert "discard 1" in double.calls
    assert not {"build marts", "publish", "sync"} & set(double.calls)
    shown = capsys.readouterr().out
    assert f"The gate {gate} is shut" in shown
    assert "batch 1" in shown
    assert "The marts in use and the CRM are as they were" in shown
    assert RunLog(request_of.warehouse).used_definitions() == {}


def test_batches_that_passed_before_stay(double: JobDouble, request_of: RunRequest) -> None:
    assert run_daily(request_of) == 0
    double.shut_gate = "arrival_raw"
    assert run_daily(request_of) == 1
    assert RunLog(request_of.warehouse).raw_batches() == [1]


@pytest.mark.parametrize("floor", ["staging", "marts"])
def test_a_failed_test_stops_the_run_and_keeps_the_batch(
    double: JobDouble, request_of: RunRequest, floor: str, capsys: pytest.CaptureFixture[str]
) -> None:
    double.failed_test = floor
    assert run_daily(request_of) == 1
    assert not {"departure_crm", "publish", "sync", "discard 1"} & set(double.calls)
    assert "Test x_is_unique failed: 7 row(s)." in capsys.readouterr().out


def test_a_shut_gate_of_departure_lets_nothing_out(
    double: JobDouble, request_of: RunRequest
) -> None:
    double.shut_gate = "departure_crm"
    assert run_daily(request_of) == 1
    assert not {"publish", "sync", "discard 1"} & set(double.calls)


def test_the_crm_hears_nothing_of_marts_that_were_not_published(
    double: JobDouble, request_of: RunRequest
) -> None:
    double.publish_error = LeadgerError("no room on the disk")
    assert run_daily(request_of) == 1
    assert "sync" not in double.calls


def test_what_nobody_foresaw_is_told_in_a_line_and_kept_in_a_file(
    double: JobDouble,
    request_of: RunRequest,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    monkeypatch.setattr("orchestration.daily.LAST_ERROR", tmp_path / "last_error.txt")
    double.publish_error = ZeroDivisionError("a bug")
    assert run_daily(request_of) == 1
    shown = capsys.readouterr()
    assert "last_error.txt" in shown.err
    assert "Traceback" not in shown.err + shown.out
    assert "ZeroDivisionError: a bug" in (tmp_path / "last_error.txt").read_text()


def test_time_travel_publishes_nothing(double: JobDouble, request_of: RunRequest) -> None:
    assert run_daily(request_of) == 0
    double.calls.clear()
    early = datetime(2020, 1, 1, tzinfo=UTC)
    assert run_daily(RunRequest(request_of.warehouse, as_of=early)) == 0
    assert double.calls == [each for each in EVERYTHING if each not in ("load", "publish", "sync")]
    assert not RunLog(request_of.warehouse).recent(1)[0].is_regular


def test_a_dry_run_changes_not_a_byte(double: JobDouble, request_of: RunRequest) -> None:
    assert run_daily(request_of) == 0
    file = Path(str(request_of.warehouse))
    before = file.read_bytes()
    double.calls.clear()
    dry = RunRequest(request_of.warehouse, raw=request_of.raw, is_dry=True)
    assert run_daily(dry) == 0
    assert double.calls[-2:] == ["publish", "sync"]  # of the copy
    assert file.read_bytes() == before
    assert not list(file.parent.glob("leadger_dry_run_*"))


def test_nothing_to_build_from_is_refused_before_anything_starts(
    double: JobDouble, tmp_path: Path
) -> None:
    with pytest.raises(UnusableInputError, match=r"Nothing has been loaded.*--raw"):
        run_daily(RunRequest(tmp_path / "new.duckdb"))
    assert double.calls == []
