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
from orchestration.sensors.alerts import Alert, Told, UntoldError, news, tell, webhook
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
            create table marts.lead_aliases (contact_id varchar, lead_id varchar);
            create table marts.hand_raises (
                hand_raise_id varchar, lead_id varchar, raised_at timestamp, heard_at timestamp
            );
            create table marts.sla_clocks (
                clock_id varchar, lead_id varchar, owner_id varchar, manager_id varchar,
                obligation varchar, segment varchar, status varchar, owed_by varchar,
                escalate_to varchar, started_at timestamp, at_risk_at timestamp, due_at timestamp,
                stopped_at timestamp, is_owed boolean
            );
            create table marts.audit_digests (run_id varchar, run_number bigint);
        """)
    monkeypatch.setenv("LEADGER_WAREHOUSE", str(workspace.warehouse))
    monkeypatch.delenv("LEADGER_WEBHOOK", raising=False)
    return workspace


def sql(workspace: Workspace, *statements: str) -> None:
    """What another run has published."""
    with duckdb.connect(str(workspace.published)) as connection:
        for statement in statements:
            connection.execute(statement)


def at(days_ago: float) -> str:
    return f"timestamp '{NOW - timedelta(days=days_ago)}'"


def add_lead(workspace: Workspace, lead: str, *, may: bool = True) -> None:
    sql(
        workspace,
        f"insert into marts.leads values ('{lead}', '{lead}@secret.example', 60, 'A', 'r1', "
        f"'call_now', {may})",
        f"insert into marts.lead_aliases values ('{lead}', '{lead}')",
    )


def add_mql(
    workspace: Workspace,
    lead: str,
    days_ago: float,
    *,
    number: int = 1,
    left: bool = False,
    may: bool = True,
) -> None:
    if number == 1:
        add_lead(workspace, lead, may=may)
    ended = at(days_ago) if left else "null"
    sql(
        workspace,
        f"insert into marts.mqls values ('{lead}', {number}, {at(days_ago)}, {ended})",
    )


def add_hand_raise(workspace: Workspace, lead: str, fact: str, days_ago: float) -> None:
    then = at(days_ago)
    sql(workspace, f"insert into marts.hand_raises values ('{fact}', '{lead}', {then}, {then})")


def merge(workspace: Workspace, lead: str, into: str) -> None:
    """All rows of a person become another one's, as when a CRM merges two records."""
    tables = ("lead_aliases", "mqls", "hand_raises", "sla_clocks")
    sql(
        workspace,
        *(
            f"update marts.{each} set lead_id = '{into}' where lead_id = '{lead}'"
            for each in tables
        ),
        # a clock is named by its person
        "update marts.sla_clocks set clock_id = md5(obligation || lead_id || started_at)",
        f"delete from marts.leads where lead_id = '{lead}'",
    )


def ids(workspace: Workspace) -> list[str]:
    return [one.alert_id for one in news(workspace)]


def test_what_is_news(workspace: Workspace) -> None:
    add_mql(workspace, "left", 1, left=True)
    add_mql(workspace, "objected", 1, may=False)
    add_mql(workspace, "new", 1)
    # a hand-raise that no points are given for has no line in the ledger, and is one
    add_hand_raise(workspace, "new", "event:e1", 0.5)
    add_hand_raise(workspace, "objected", "event:e2", 0.5)
    found = news(workspace)
    assert [one.alert_id for one in found] == [
        "mql:20260503T120000.000000Z:new",
        "hand_raise:event:e1",
    ]
    assert found[0].text == (
        "new became an MQL at 2026-05-03 12:00 UTC: score 60, grade A, owner r1, next: call_now"
    )
    assert "new asked for us at 2026-05-04 00:00 UTC" in found[1].text
    assert "secret" not in str(found)


def add_clock(
    workspace: Workspace,
    clock: str,
    lead: str | None,
    status: str,
    *,
    stopped: bool = False,
    owed: bool = True,
    obligation: str = "mql_first_contact",
    days_ago: float = 1,
) -> None:
    hour = timedelta(hours=1)
    with duckdb.connect(str(workspace.published)) as connection:
        connection.execute(
            "insert into marts.sla_clocks values "
            "(?, ?, 'r1', 'm1', ?, '*', ?, 'SDR', 'sdr_manager', ?, ?, ?, ?, ?)",
            [
                *(clock, lead, obligation, status, NOW - timedelta(days=days_ago)),
                *(NOW - 2 * hour, NOW - hour, NOW if stopped else None, owed and not stopped),
            ],
        )


def test_clocks_at_risk_and_late_are_news(workspace: Workspace) -> None:
    add_lead(workspace, "objected", may=False)
    add_lead(workspace, "new")
    add_clock(workspace, "c1", "new", "at_risk")
    add_clock(workspace, "c2", "new", "breached", days_ago=2)
    add_clock(workspace, "c3", "new", "breached", stopped=True)
    add_clock(workspace, "c4", "new", "open")
    add_clock(workspace, "c5", "objected", "breached")
    add_clock(workspace, "c6", None, "breached", obligation="marketing_volume")
    # it runs, but nobody has to act on it: the person stands elsewhere by now
    add_clock(workspace, "c7", "new", "breached", obligation="mql_verdict", owed=False)
    found = {one.alert_id: one.text for one in news(workspace)}
    assert list(found) == [
        "clock_at_risk:mql_first_contact:20260503T120000.000000Z:new",
        "clock_breached:marketing_volume:20260503T120000.000000Z:*",
        "clock_breached:mql_first_contact:20260502T120000.000000Z:new",
    ]
    at_risk, _, breached = found.values()
    assert at_risk == (
        "new: first contact of an MQL is at risk, due 2026-05-04 11:00 UTC: owed by SDR, owner r1"
    )
    assert breached.endswith("owner r1; escalate to sdr_manager (m1)")


def test_the_clock_of_a_hand_raise_is_named_by_the_fact(workspace: Workspace) -> None:
    add_lead(workspace, "new")
    for fact in ("event:e1", "event:e2"):  # of one instant: one clock
        add_hand_raise(workspace, "new", fact, 1)
    add_clock(workspace, "c1", "new", "breached", obligation="hand_raise_response")
    (found,) = [one for one in news(workspace) if one.kind == "clock_breached"]
    assert found.names == tuple(
        f"clock_breached:hand_raise_response:event:{each}" for each in ("e1", "e2")
    )


@pytest.fixture
def watched(workspace: Workspace) -> Workspace:
    """Looked at once, when nobody was there: all that comes is news."""
    assert _tick() == "0 known at the start, told to nobody"
    return workspace


def test_an_episode_that_takes_the_number_of_another_is_told(watched: Workspace) -> None:
    add_mql(watched, "p", 5)
    assert _tick().startswith("1 told")
    # late rows take the episode away; the next one is the first again
    sql(watched, f"update marts.mqls set entered_at = {at(1)}")
    assert _tick().startswith("1 told")


def test_a_renumbered_episode_is_told_once(watched: Workspace) -> None:
    add_mql(watched, "p", 1)
    assert _tick().startswith("1 told")
    # late rows show that there was another one before
    sql(watched, "update marts.mqls set mql_number = 2")
    sql(watched, f"insert into marts.mqls values ('p', 1, {at(20)}, {at(10)})")
    assert _tick().startswith("0 told")


def test_whoever_is_merged_is_told_once(watched: Workspace) -> None:
    add_mql(watched, "young", 1)
    add_hand_raise(watched, "young", "event:e1", 1)
    add_clock(watched, "c1", "young", "breached")
    add_clock(watched, "c2", "young", "breached", obligation="hand_raise_response")
    add_lead(watched, "old")
    assert _tick().startswith("4 told")
    merge(watched, "young", "old")
    assert [one.split(":")[-1] for one in ids(watched)].count("old") == 2
    assert _tick().startswith("0 told")
    # with the points of both, the episode began earlier: it is the same one
    sql(watched, f"update marts.mqls set entered_at = {at(3)}")
    assert _tick().startswith("0 told")
    # and an episode after it is another one
    sql(watched, f"update marts.mqls set left_at = {at(0.5)}")
    add_mql(watched, "old", 0.1, number=2)
    assert _tick().startswith("1 told")


def test_whoever_is_told_apart_again_is_told_once(watched: Workspace) -> None:
    add_mql(watched, "old", 1)
    sql(watched, "insert into marts.lead_aliases values ('young', 'old')")
    assert _tick().startswith("1 told")
    sql(watched, "update marts.lead_aliases set lead_id = 'young' where contact_id = 'young'")
    sql(watched, "update marts.mqls set lead_id = 'young'")
    sql(watched, "update marts.leads set lead_id = 'young'")
    assert _tick().startswith("0 told")


def test_what_arrives_late_is_news(watched: Workspace) -> None:
    add_mql(watched, "late", 60)
    add_hand_raise(watched, "late", "event:e1", 60)
    assert _tick().startswith("2 told")


def test_what_was_there_at_the_first_look_never_is(workspace: Workspace) -> None:
    add_mql(workspace, "p", 60, left=True)
    add_mql(workspace, "objected", 60, may=False)
    add_hand_raise(workspace, "p", "event:e1", 60)
    add_clock(workspace, "c1", "p", "breached", owed=False)
    assert _tick() == "4 known at the start, told to nobody"
    sql(workspace, "update marts.mqls set left_at = null")
    sql(workspace, "update marts.leads set is_contactable = true")
    sql(workspace, "update marts.sla_clocks set is_owed = true")
    assert _tick().startswith("0 told")


@pytest.mark.parametrize("before", ["failed_run", "crm"])
def test_each_sensor_has_a_first_look_of_its_own(workspace: Workspace, before: str) -> None:
    add_mql(workspace, "p", 1)
    if before == "crm":
        with open_warehouse(workspace.warehouse):
            pass
        _tick(definitions.crm_attention)
    else:
        tell([alerts.failed_run("r1", "why", NOW)], Told(workspace.alerts), _nobody, "file", NOW)
    assert _tick() == "1 known at the start, told to nobody"


def test_nothing_new_is_published_nothing_is_looked_for(
    watched: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    sql(watched, "insert into marts.audit_digests values ('r1', 1)")
    with dg.build_sensor_context() as context:
        definitions.new_leads(context)
        assert context.cursor == "r1"
        monkeypatch.setattr(definitions, "news", None)  # to look would fail
        definitions.new_leads(context)


@pytest.mark.parametrize(
    "older", ["drop table marts.hand_raises", "alter table marts.sla_clocks drop column is_owed"]
)
def test_marts_of_an_older_version_are_no_first_look(workspace: Workspace, older: str) -> None:
    sql(workspace, older)
    assert "older version" in _tick()
    assert not Told(workspace.alerts).has_begun("new_leads")


def _nobody(_: Alert) -> None:
    """Takes it."""


def alert(number: int) -> Alert:
    return Alert(f"a{number}", "new_mql", NOW, f"alert {number}")


def test_one_that_is_refused_holds_up_no_other(tmp_path: Path, chat: Chat) -> None:
    told = Told(tmp_path / "alerts.jsonl")
    chat.answers = [200, 400, 200]
    every, post = [alert(1), alert(2), alert(3)], webhook(chat.address)
    with pytest.raises(UntoldError, match=r"2 told, 1 not taken .* answered 400 to a2"):
        tell(every, told, post, "webhook", NOW)
    assert [each["alert_id"] for each in chat.posts] == ["a1", "a3"]
    again = Told(told.file)
    assert tell(every, again, post, "webhook", NOW) == 1
    assert tell(every, again, post, "webhook", NOW) == 0
    assert [each["alert_id"] for each in chat.posts] == ["a1", "a3", "a2"]
    assert chat.posts[0]["text"] == "alert 1"


def test_a_chat_that_is_gone_is_asked_no_thousand_times(tmp_path: Path, chat: Chat) -> None:
    chat.answers = [429] * 100
    with pytest.raises(UntoldError, match="0 told, 3 not taken"):
        tell(map(alert, range(100)), Told(tmp_path / "a"), webhook(chat.address), "webhook", NOW)
    assert len(chat.answers) == 97


def test_a_failed_run_that_nobody_took_is_told_at_the_next_look(
    watched: Workspace, chat: Chat, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(alerts.WEBHOOK, chat.address)
    chat.answers = [500]
    with pytest.raises(UntoldError, match="answered 500"):
        definitions.tell_failed_run("r1", "no room\non the disk")
    assert [each.alert_id for each in Told(watched.alerts).waiting] == ["failed_run:r1"]
    assert _tick().startswith("1 told")
    assert _tick().startswith("0 told")
    assert chat.posts[0]["text"] == "leadger: run r1 failed. no room"


@pytest.mark.parametrize(
    ("failing", "said"),
    [
        (
            ("crm__hubspot",),
            "published its marts. hubspot was not told: HubSpot does not answer.",
        ),
        (
            ("crm__files", "crm__hubspot"),
            "published its marts. The file for the CRM's importer was not written: HubSpot does "
            "not answer. hubspot was not told: HubSpot does not answer.",
        ),
        (("marts__leads", "crm__hubspot"), "failed. Execution of run for"),
    ],
)
def test_a_run_that_could_not_tell_a_crm_has_not_failed(
    watched: Workspace, chat: Chat, monkeypatch: pytest.MonkeyPatch, failing: tuple[str], said: str
) -> None:
    def fail() -> None:
        raise dg.Failure("HubSpot does not answer.\nMore of it.", allow_retries=False)

    @dg.job(executor_def=dg.in_process_executor)
    def daily() -> None:
        for name in failing:
            dg.op(name=name)(fail)()

    monkeypatch.setenv(alerts.WEBHOOK, chat.address)
    with dg.DagsterInstance.ephemeral() as instance:
        result = daily.execute_in_process(instance=instance, raise_on_error=False)
        with dg.build_run_status_sensor_context(
            sensor_name="failed_runs",
            dagster_event=result.get_run_failure_event(),
            dagster_instance=instance,
            dagster_run=result.dagster_run,
        ) as context:
            definitions.failed_runs(context.for_run_failure())
    (post,) = chat.posts
    assert post["text"].startswith(f"leadger: run {result.run_id} {said}")


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
    add_mql(workspace, "before", 1)
    said = [_tick()]
    add_mql(workspace, "after", 0.5)
    monkeypatch.setenv(alerts.WEBHOOK, chat.address)
    said += [_tick(), _tick()]
    assert said == ["1 known at the start, told to nobody", "1 told (webhook)", "0 told (webhook)"]
    assert [post["alert_id"] for post in chat.posts] == ["mql:20260504T000000.000000Z:after"]


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
