"""Everything new is told once, to whoever takes it, and history never."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import dagster as dg
import duckdb
import pytest

from orchestration.crm.destination import Change, Outcome
from orchestration.crm.ledger import Ledger
from orchestration.crm.steps import Step
from orchestration.errors import UnusableInputError
from orchestration.lock import hold
from orchestration.sensors import alerts, definitions
from orchestration.sensors.alerts import Alert, Told, UntoldError, hand_raises, news, tell, webhook
from orchestration.sensors.landing import Look, fingerprint
from orchestration.warehouse import open_warehouse
from orchestration.workspace import Workspace

NOW = datetime(2026, 5, 4, 12)


class Chat:
    """A chat tool's webhook on loopback, which answers as it is told."""

    def __init__(self) -> None:
        self.posts: list[dict[str, str]] = []
        self.answers: list[int] = []
        chat = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                length = int(self.headers["Content-Length"])
                status = chat.answers.pop(0) if chat.answers else 200
                if status == 200:
                    chat.posts.append(json.loads(self.rfile.read(length)))
                self.send_response(status)
                self.end_headers()

            def log_message(self, *given: object) -> None:
                pass

        self.server = HTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server.server_port}/hook?secret=s3"


@pytest.fixture
def chat() -> Iterator[Chat]:
    chat = Chat()
    yield chat
    chat.server.shutdown()
    chat.server.server_close()


@pytest.fixture
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    workspace = Workspace(tmp_path / "w.duckdb")
    with duckdb.connect(str(workspace.published)) as connection:
        connection.execute("""
            create schema marts;
            create table marts.leads (
                lead_id varchar, email varchar, score integer, icp_grade varchar, owner_id varchar,
                next_action varchar, is_contactable boolean
            );
            create table marts.mqls (
                lead_id varchar, mql_number bigint, entered_at timestamp, left_at timestamp
            );
            create table marts.lead_score_ledger (
                lead_id varchar, entry_type varchar, signal varchar, entry_at timestamp,
                source_fact_id varchar
            );
            create table marts.sla_clocks (
                clock_id varchar, lead_id varchar, owner_id varchar, manager_id varchar,
                obligation varchar, status varchar, owed_by varchar, escalate_to varchar,
                at_risk_at timestamp, due_at timestamp, stopped_at timestamp
            );
        """)
    monkeypatch.setenv("LEADGER_WAREHOUSE", str(workspace.warehouse))
    monkeypatch.delenv("LEADGER_WEBHOOK", raising=False)
    return workspace


def add_mql(
    workspace: Workspace, lead: str, days_ago: float, *, left: bool = False, may: bool = True
) -> None:
    at = NOW - timedelta(days=days_ago)
    with duckdb.connect(str(workspace.published)) as connection:
        connection.execute(
            "insert into marts.leads values (?, ?, 60, 'A', 'r1', 'call_now', ?)",
            [lead, f"{lead}@secret.example", may],
        )
        connection.execute(
            "insert into marts.mqls values (?, 1, ?, ?)", [lead, at, at if left else None]
        )


def add_signal(workspace: Workspace, lead: str, signal: str, kind: str = "credit") -> None:
    with duckdb.connect(str(workspace.published)) as connection:
        connection.execute(
            "insert into marts.lead_score_ledger values (?, ?, ?, ?, ?)",
            [lead, kind, signal, NOW - timedelta(hours=1), f"{kind}-{signal}"],
        )


def test_what_is_news(workspace: Workspace) -> None:
    add_mql(workspace, "old", 8)
    add_mql(workspace, "left", 1, left=True)
    add_mql(workspace, "objected", 1, may=False)
    add_mql(workspace, "new", 1)
    for kind in ("credit", "debit"):
        add_signal(workspace, "new", "demo_requested", kind)
    add_signal(workspace, "new", "pricing_page")
    add_signal(workspace, "objected", "demo_requested")
    found = news(workspace, NOW)
    assert [one.alert_id for one in found] == ["mql:new:1", "hand_raise:credit-demo_requested"]
    assert found[0].text == (
        "new became an MQL at 2026-05-03 12:00 UTC: score 60, grade A, owner r1, next: call_now"
    )
    assert "new asked for us" in found[1].text
    assert "secret" not in str(found)


def add_clock(
    workspace: Workspace, clock: str, lead: str | None, status: str, *, stopped: bool = False
) -> None:
    hour = timedelta(hours=1)
    with duckdb.connect(str(workspace.published)) as connection:
        connection.execute(
            "insert into marts.sla_clocks values "
            "(?, ?, 'r1', 'm1', 'mql_first_contact', ?, 'SDR', 'sdr_manager', ?, ?, ?)",
            [clock, lead, status, NOW - 2 * hour, NOW - hour, NOW if stopped else None],
        )


def test_clocks_at_risk_and_late_are_news(workspace: Workspace) -> None:
    add_mql(workspace, "objected", 9, may=False)
    add_mql(workspace, "new", 9)
    add_clock(workspace, "c1", "new", "at_risk")
    add_clock(workspace, "c2", "new", "breached")
    add_clock(workspace, "c3", "new", "breached", stopped=True)
    add_clock(workspace, "c4", "new", "open")
    add_clock(workspace, "c5", "objected", "breached")
    add_clock(workspace, "c6", None, "breached")
    found = {one.alert_id: one.text for one in news(workspace, NOW)}
    assert list(found) == ["clock_at_risk:c1", "clock_breached:c2", "clock_breached:c6"]
    assert found["clock_at_risk:c1"] == (
        "new: first contact of an MQL is at risk, due 2026-05-04 11:00 UTC: owed by SDR, owner r1"
    )
    assert found["clock_breached:c2"].endswith("owner r1; escalate to sdr_manager (m1)")


def test_hand_raises_are_those_of_the_catalogue() -> None:
    assert hand_raises() == ["contact_sales_requested", "demo_requested", "quote_requested"]


def alert(number: int) -> Alert:
    return Alert(f"a{number}", "new_mql", NOW, f"alert {number}")


def test_each_is_told_once_and_the_untaken_again(tmp_path: Path, chat: Chat) -> None:
    told = Told(tmp_path / "alerts.jsonl")
    chat.answers = [200, 503]
    with pytest.raises(UntoldError, match="answered 503 to a2"):
        tell([alert(1), alert(2), alert(3)], told, webhook(chat.address), "webhook", NOW)
    again = Told(told.file)
    assert tell([alert(1), alert(2), alert(3)], again, webhook(chat.address), "webhook", NOW) == 2
    assert tell([alert(1), alert(2), alert(3)], again, webhook(chat.address), "webhook", NOW) == 0
    assert [post["alert_id"] for post in chat.posts] == ["a1", "a2", "a3"]
    assert chat.posts[0]["text"] == "alert 1"


def test_a_webhook_that_is_gone_says_no_secret(tmp_path: Path) -> None:
    with pytest.raises(UntoldError) as caught:
        webhook("http://127.0.0.1:9/hook?secret=s3")(alert(1))
    assert "s3" not in str(caught.value)
    with pytest.raises(UnusableInputError) as refused:
        webhook("http://chat.example/hook?secret=s3")
    assert "s3" not in str(refused.value)


def test_a_damaged_file_is_named(tmp_path: Path) -> None:
    file = tmp_path / "alerts.jsonl"
    file.write_text('{"alert_id": "a1"}\n{"alert', encoding="utf-8")
    with pytest.raises(UnusableInputError, match=r"alerts.jsonl, line 2: not an alert"):
        Told(file)


def test_the_sensor_tells_what_comes_after_its_first_look(
    workspace: Workspace, chat: Chat, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Clock(datetime):
        @classmethod
        def now(cls, tz: object = None) -> datetime:  # type: ignore[override]
            return NOW

    monkeypatch.setattr(definitions, "datetime", Clock)
    add_mql(workspace, "before", 1)
    said = [_tick()]
    add_mql(workspace, "after", 0.5)
    monkeypatch.setenv(alerts.WEBHOOK, chat.address)
    said += [_tick(), _tick()]
    assert said == ["1 known at the start, told to nobody", "1 told (webhook)", "0 told (webhook)"]
    assert [post["alert_id"] for post in chat.posts] == ["mql:after:1"]


def test_what_a_crm_leaves_to_look_at_is_told_once(workspace: Workspace) -> None:
    with open_warehouse(workspace.warehouse) as connection:
        ledger = Ledger(connection, "hubspot")
        ledger.create_tables()
        state = {"mode": "push", "started_by": "test", "planned": 1}
        ledger.begin("r1", state="awaiting_approval", **state)  # type: ignore[arg-type]
        change = Change(1, "7", "p7", None, {"leadger_note": "secret"}, {})
        ledger.note("r1", [Step(change, Outcome.REJECTED, "secret", 400, "INVALID_OPTION")])
        connection.execute(
            "insert into crm_sync.sync_conflicts select 'r1', 'hubspot', '8', 'p8', "
            "'leadger_score', 'rep_wins', '1', '2', 'secret', null, null, recorded_at "
            "from crm_sync.sync_records"
        )
    assert _tick(definitions.crm_attention).startswith("3 told")
    assert _tick(definitions.crm_attention).startswith("0 told")
    said = workspace.alerts.read_text()
    assert "sync r1 waits for approval" in said
    assert "record 7 is parked: INVALID_OPTION" in said
    assert "leadger_score of record 8 was edited there" in said
    assert "secret" not in said
    with hold(workspace, lambda _: None):
        assert "a run has the warehouse" in _tick(definitions.crm_attention)


def _tick(sensor: Any = definitions.new_leads) -> str:
    with dg.build_sensor_context() as context:
        skipped = sensor(context)
    assert isinstance(skipped, dg.SkipReason)
    return str(skipped.skip_message)


def test_files_are_loaded_once_they_stand_still(tmp_path: Path) -> None:
    def look(before: Look) -> tuple[Look, bool]:
        return Look.remembered(before.cursor()).again(fingerprint(tmp_path))

    seen, is_ready = look(Look())
    assert not is_ready
    (tmp_path / "contacts.csv").write_text("a", encoding="utf-8")
    seen, is_ready = look(seen)
    assert not is_ready
    (tmp_path / "contacts.csv").write_text("abc", encoding="utf-8")
    seen, is_ready = look(seen)
    assert not is_ready
    seen, is_ready = look(seen)
    assert is_ready
    seen, is_ready = look(seen)
    assert not is_ready
    (tmp_path / "events").mkdir()
    (tmp_path / "events" / "1.csv").write_text("a", encoding="utf-8")
    seen, _ = look(seen)
    assert look(seen)[1]


def test_old_runs_are_forgotten() -> None:
    with dg.DagsterInstance.ephemeral() as instance:
        first = definitions.forget_old_runs.execute_in_process(instance=instance)
        assert first.output_for_node("delete_old_runs") == 0
        assert instance.get_runs_count() == 1
        definitions_kept = definitions.KEPT_DAYS
        try:
            definitions.KEPT_DAYS = -1
            second = definitions.forget_old_runs.execute_in_process(instance=instance)
        finally:
            definitions.KEPT_DAYS = definitions_kept
        assert second.output_for_node("delete_old_runs") == 1
        assert [run.run_id for run in instance.get_runs()] == [second.run_id]
