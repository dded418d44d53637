"""How fast a CRM is told, beside what its rate limit allows; and whether a kill costs anything.

HubSpot's simulator, in a process of its own with a wait before each answer, limits requests as
HubSpot does. `leadger crm push` plans, `leadger crm approve` sends; in the middle it is killed with
SIGKILL, and `leadger crm push` sends the rest.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
from rich.table import Table

from bench.errors import BenchError
from bench.process import PROJECT
from simulators.control import HubSpotSimulator
from simulators.faults import Kind

WINDOW = 10.0
SEEDED_AT_ONCE = 2_000
PER_BATCH = 100
_UPDATE = "/batch/update"
_FOR_EVER = 3_600.0
_MIB = 1024 * 1024

TABLES = """
create schema marts;
create table marts.crm_lead_status as
select
    cast(1000000 + person as varchar) as crm_contact_id,
    md5(cast(person as varchar)) as lead_id,
    'change-' || person as last_change_id,
    case when person % 50 = 0 then 'opted_out'
        else ['lead', 'mql', 'sql', 'prospect'][1 + person % 4] end as stage,
    'warm' as temperature,
    'A' as icp_grade,
    'call' as next_action,
    '2026-01' as definition_version,
    'Became an MQL: 72 points, two signals in 30 days.' as last_change_explanation_en,
    'Devient MQL : 72 points, deux signaux en 30 jours.' as last_change_explanation_fr,
    repeat('2026-01-02 white paper; ', 8) as engagement_history,
    'Guide A; Guide B; Demo' as last_contents,
    'pricing page 20, demo request 40, mail click 12' as score_signals,
    cast(person % 100 as integer) as score,
    cast(person % 6 as integer) as boxes_ticked,
    person % 3 = 0 as is_call_recommended,
    person % 50 = 0 as do_not_contact,
    person % 50 = 0 as do_not_email,
    person % 50 = 0 as do_not_phone,
    person % 50 = 0 as do_not_post,
    timestamp '2026-01-02 10:00:00' as stage_since,
    timestamp '2026-01-03 09:00:00' as sla_due_at
from range(1, $records + 1) as people (person);
create schema control;
create table control.publications as
select 'bench' as run_id, cast(now() at time zone 'UTC' as timestamp) as published_at;
create table control.runs (run_id varchar, state varchar, started_at timestamp, is_regular boolean);
create table control.checks as
select 'bench' as run_id, step, 'looked_at' as state, 1 as checked, '[]' as not_passed
from (values
    ('arrival_raw'), ('staging'), ('arrival_staging'), ('marts'), ('departure_crm')
) as steps (step);
"""
"""Marts of `$records` records, published and checked."""


@dataclass
class Told:
    """One command, and how the CRM was called while it ran."""

    command: str
    seconds: float
    requests: int
    """Those that were answered."""
    refused: int
    """Of them, those that came too fast (429)."""
    share_of_limit: float
    """Requests in the whole windows of ten seconds between the first and the last, of the limit."""
    memory: list[float] = field(default_factory=list)
    """Largest resident set so far, in MiB, at each tenth of the time."""


@dataclass
class Findings:
    """What a measurement found; counts are of records."""

    records: int
    latency: float
    limit: int
    told: list[Told]
    acknowledged_before_kill: int
    sent_again: int
    """Records that were acknowledged before the kill and sent once more after it."""
    acknowledged: int
    missing: int
    """Records whose stage the CRM does not hold at the end."""

    @property
    def is_clean(self) -> bool:
        """Nothing lost and nothing said twice."""
        return self.sent_again == 0 and self.missing == 0 and self.acknowledged == self.records


def measure(folder: Path, records: int, latency: float, limit: int) -> Findings:
    """Tell a CRM that many records, with a kill in the middle.

    Raises:
        BenchError: a command did not do what it should.
    """
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    warehouse = folder / "crm.duckdb"
    _fill(warehouse, records)
    with HubSpotSimulator(latency=latency) as crm:
        crm.configure(requests_per_ten_seconds=limit, logs_bodies=False)
        for start in range(1, records + 1, SEEDED_AT_ONCE):
            ids = range(start, min(start + SEEDED_AT_ONCE, records + 1))
            crm.seed({str(1000000 + each): {"email": f"{each}@example.com"} for each in ids})
        command = _Command(crm, warehouse, folder, limit)
        command.run("setup", "hubspot")
        told = [command.run("push", "hubspot")]
        run = _one(
            warehouse, "select run from crm_sync.sync_runs where state = 'awaiting_approval'"
        )
        told.append(
            command.run("approve", "hubspot", str(run), killed_after=records * 2 // 5 // PER_BATCH)
        )
        before = int(_one(warehouse, _ACKNOWLEDGED))
        told.append(command.run("push", "hubspot"))
        return Findings(
            records,
            latency,
            limit,
            told,
            before,
            int(_one(warehouse, _SENT_AGAIN)),
            int(_one(warehouse, _ACKNOWLEDGED)),
            _missing(crm, records),
        )


_ACKNOWLEDGED = """
select count(distinct object_id) from crm_sync.sync_records where outcome = 'acknowledged'
"""
_SENT_AGAIN = """
select count(*)
from crm_sync.sync_records as sent
inner join crm_sync.sync_records as acknowledged
    on sent.object_id = acknowledged.object_id and sent.record_id > acknowledged.record_id
    -- an objection has a row of its own
    and cast(sent.properties as varchar) = cast(acknowledged.properties as varchar)
where sent.outcome = 'sent' and acknowledged.outcome = 'acknowledged'
"""


def report(found: Findings) -> Table:
    """What was found, for a person."""
    table = Table(
        title=f"{found.records:,} records, {found.limit} requests in 10 s, "
        f"{found.latency * 1000:.0f} ms an answer",
    )
    for column in ("leadger crm", "seconds", "requests", "429", "of the limit", "memory, MiB"):
        table.add_column(column, justify="left" if column == "leadger crm" else "right")
    for each in found.told:
        table.add_row(
            each.command,
            f"{each.seconds:,.0f}",
            f"{each.requests:,}",
            f"{each.refused:,}",
            f"{each.share_of_limit:.0%}",
            " ".join(f"{mib:.0f}" for mib in each.memory[::3]),
        )
    table.caption = (
        f"killed after {found.acknowledged_before_kill:,} acknowledged; sent again of them: "
        f"{found.sent_again:,}; acknowledged in the end: {found.acknowledged:,}; "
        f"missing in the CRM: {found.missing:,}"
    )
    return table


def facts(found: Findings) -> Mapping[str, object]:
    """For the results file."""
    return {**asdict(found), "is_clean": found.is_clean}


def _fill(warehouse: Path, records: int) -> None:
    with duckdb.connect(str(warehouse)) as connection:
        connection.execute(TABLES.replace("$records", str(records)))


@dataclass
class _Command:
    crm: HubSpotSimulator
    warehouse: Path
    folder: Path
    limit: int

    def run(self, *words: str, killed_after: int | None = None) -> Told:
        """Run a command of `leadger crm`; kill it once so many updates were answered.

        Nothing past them is answered, so that the kill comes before the end however few there are.
        """
        self.crm.forget_requests()
        if killed_after is not None:
            self.crm.arm(
                Kind.SLOW,
                path=_UPDATE,
                skip=killed_after,
                times=None,
                delay=_FOR_EVER,
            )
        log = self.folder / f"{'-'.join(words[:1])}.log"
        began = time.monotonic()
        seen: list[tuple[float, float]] = []
        with log.open("ab") as output:
            process = subprocess.Popen(
                [
                    *(sys.executable, "-m", "orchestration", "crm", *words),
                    *("--warehouse", str(self.warehouse)),
                ],
                cwd=PROJECT,
                env={
                    **os.environ,
                    "LEADGER_HUBSPOT_TOKEN": self.crm.token,
                    "LEADGER_HUBSPOT_URL": self.crm.url,
                },
                stdout=output,
                stderr=subprocess.STDOUT,
            )
            killed = False
            while process.poll() is None:
                seen.append((time.monotonic() - began, _resident(process.pid)))
                if killed_after is not None and not killed and self._updates() >= killed_after:
                    process.send_signal(signal.SIGKILL)
                    killed = True
                time.sleep(0.5 if killed_after is None else 0.1)
        self.crm.disarm()
        seconds = time.monotonic() - began
        if process.returncode != (-signal.SIGKILL if killed else 0):
            raise BenchError(f"leadger crm {words[0]} ended with {process.returncode}: {log}")
        answers = self.crm.requests("/batch/")
        return Told(
            words[0] + (" (killed)" if killed else ""),
            seconds,
            len(answers),
            sum(each["status"] == 429 for each in answers),
            _share([_seconds(each["time"]) for each in answers], self.limit),
            _tenths(seen),
        )

    def _updates(self) -> int:
        return len(self.crm.requests(_UPDATE))


def _resident(pid: int) -> float:
    try:
        lines = Path(f"/proc/{pid}/status").read_text(encoding="utf-8").splitlines()
    except OSError:
        return 0.0
    found = [line.split()[1] for line in lines if line.startswith("VmHWM:")]
    return int(found[0]) * 1024 / _MIB if found else 0.0


def _tenths(seen: Sequence[tuple[float, float]]) -> list[float]:
    end = seen[-1][0] if seen else 0.0
    return [
        round(max((mib for at, mib in seen if at <= end * tenth / 10), default=0.0), 1)
        for tenth in range(1, 11)
    ]


def _share(instants: Sequence[float], limit: int) -> float:
    """Of what could have been asked in the whole windows from the first request on."""
    if not instants:
        return 0.0
    ordered = sorted(instants)
    windows = int((ordered[-1] - ordered[0]) // WINDOW)
    if windows == 0:
        return 0.0
    asked = sum(1 for at in ordered if at < ordered[0] + windows * WINDOW)
    return asked / (windows * limit)


def _seconds(text: str) -> float:
    return datetime.fromisoformat(text).astimezone(UTC).timestamp()


def _one(warehouse: Path, sql: str) -> Any:
    with duckdb.connect(str(warehouse), read_only=True) as connection:
        row = connection.execute(sql).fetchone()
    if row is None:
        raise BenchError(f"nothing found: {sql}")
    return row[0]


def _missing(crm: HubSpotSimulator, records: int) -> int:
    """Contacts that do not hold what they were told, looked at without the client."""
    missing = 0
    for start in range(1, records + 1, 100):
        ids = [str(1000000 + each) for each in range(start, min(start + 100, records + 1))]
        _, answer = crm.ask(
            "POST",
            "/crm/v3/objects/contacts/batch/read",
            {
                "properties": ["leadger_stage"],
                "propertiesWithHistory": [],
                "inputs": [{"id": each} for each in ids],
            },
        )
        if "results" not in answer:
            raise BenchError(f"the simulator said: {json.dumps(answer)[:200]}")
        missing += len(ids) - sum(
            bool(each["properties"].get("leadger_stage")) for each in answer["results"]
        )
    return missing
