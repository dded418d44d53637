# ruff: noqa: E501 (raw files as they arrive)
"""A warehouse with a person who asks for erasure, in every form, and a neighbour who does not."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from orchestration import readers_file
from orchestration.crm.files import FilesDestination
from orchestration.crm.mapping import read_mapping
from orchestration.crm.sync import sync
from orchestration.erasure.carry_out import carry_out
from orchestration.erasure.erase import ErasureReport, erase, pending
from orchestration.run_log import RunLog
from orchestration.warehouse import open_warehouse
from orchestration.workspace import Workspace
from pipeline.sandbox import Sandbox

AS_OF = datetime(2026, 3, 20)
NOW = datetime(2026, 3, 20, 8)
SCHEMAS = {"staging": "staging", "intermediate": "intermediate"}
IDENTITY = (
    *("--select", "staging", "intermediate.identity", "intermediate.touched"),
    *("--indirect-selection", "cautious"),
)
NEEDLES = ("zephyrine", "quillfeather", "33698765432", "ostrich", "zq-private", "cookie-zq")
"""What no table and no file may hold afterwards, in lower case."""

FILES = {
    "companies.csv": """\
company_id,name,domain,industry,employee_count,country,updated_at
c1,Atelier,atelier.example,software,200,FR,2026-01-05T08:00:00Z
""",
    "contacts.csv": """\
contact_id,email,first_name,last_name,phone,job_title,company_id,country,lead_source,merged_into_contact_id,created_at,updated_at
z1,old-desk@atelier.example,Zephyrine,Quillfeather,+33698765432,CEO,c1,FR,website,,2026-02-01T08:00:00Z,2026-02-01T08:00:00Z
z1,zephyrine@atelier.example,Zephyrine,Quillfeather,+33698765432,Chief Ostrich Officer,c1,FR,website,,2026-02-01T08:00:00Z,2026-02-10T08:00:00Z
z1,zephyrine@atelier.example,Zephyrine,Quillfeather,+33698765432,CEO,c1,FR,website,,2026-02-01T08:00:00Z,2199-02-01T08:00:00Z
z2, Zephyrine@Atelier.example ,Zéphyrine,Quillfeather,,CEO,c1,FR,website,,2026-02-05T08:00:00Z,2026-02-05T08:00:00Z
z3,zq-private@mail.example,,QUILLFEATHER,,,,FR,website,z2,2026-02-06T08:00:00Z,2026-02-06T08:00:00Z
,zephyrine@atelier.example,Zephyrine,,,,,FR,website,,2026-02-06T08:00:00Z,2026-02-06T08:00:00Z
bob,old-desk@atelier.example,Bob,Neighbour,+33611111111,CEO,c1,FR,website,,2026-02-01T08:00:00Z,2026-02-20T08:00:00Z
""",
    "events.csv": """\
event_id,occurred_at,event_type,contact_id,email,anonymous_id,page_url,content_title,properties
e1,2026-01-20T09:00:00Z,page_view,,,cookie-zq,https://us.example/pricing?me=zephyrine@atelier.example#Quillfeather,,
e2,2026-02-12T09:00:00Z,whitepaper_download,z1,,cookie-zq,,Choosing a CRM,"{""name"": ""Zephyrine""}"
e3,2026-02-13T09:00:00Z,demo_request,,ZEPHYRINE@atelier.example,,,Demo,
e4,2026-02-14T09:00:00Z,page_view,,zq-private@mail.example,,https://us.example/pricing,,
e5,2026-02-25T09:00:00Z,whitepaper_download,,old-desk@atelier.example,cookie-bob,https://us.example/?bob=1,Choosing a CRM,
e6,2026-02-26T09:00:00Z,page_view,,,cookie-bob,https://us.example/pricing,,
,2026-02-26T09:00:00Z,page_view,,zephyrine@atelier.example,cookie-zq,,,
,2026-02-26T09:00:00Z,page_view,,,cookie-zq,https://us.example/?n=Quillfeather,,
e7,2026-03-19T20:00:00Z,page_view,,,cookie-zq,https://us.example/pricing,,
""",
    "sales_activities.csv": """\
activity_id,contact_id,occurred_at,scheduled_at,activity_type,direction,outcome,verdict,need,reason
a1,z2,2026-02-15T10:00:00Z,2026-02-18T10:00:00Z,meeting,inbound,booked,,,
a2,bob,2026-02-27T10:00:00Z,,call,outbound,answered,,confirmed,
a3,z1,2026-03-02T10:00:00Z,,qualification,,,recycled,,Mrs Quillfeather has no budget
a4,z1,2026-03-03T10:00:00Z,,qualification,,,recycled,,no_budget
""",
    "deals.csv": """\
deal_id,contact_id,status,amount,currency,created_at,closed_at,updated_at
d1,z3,open,100,EUR,2026-02-20T10:00:00Z,,2026-02-20T10:00:00Z
""",
    "consents.csv": """\
consent_id,contact_id,email,occurred_at,kind,channel
k1,z2,zephyrine@atelier.example,2026-02-05T08:00:00Z,informed,all
k2,,zq-private@mail.example,2026-02-06T08:00:00Z,opt_in,email
k3,bob,,2026-02-06T08:00:00Z,informed,all
""",
}
REQUEST = {
    "consents.csv": """\
consent_id,contact_id,email,occurred_at,kind,channel
k9,,Zephyrine@atelier.example,2026-03-19T08:00:00Z,erasure,all
""",
}


class Scene(Sandbox):
    """A sandbox with the files a run leaves beside its warehouse."""

    @property
    def workspace(self) -> Workspace:
        return Workspace(self.warehouse)

    @property
    def traces(self) -> Path:
        return self.folder / "traces"

    def put(self, name: str, files: dict[str, str]) -> Path:
        """A folder of raw files, under `in/`, which is not the warehouse's."""
        folder = self.folder / "in" / name
        folder.mkdir(parents=True)
        for file, text in files.items():
            (folder / file).write_text(text, encoding="utf-8")
        return folder

    def tell_the_crm(self, run_id: str, *, dry_run: bool = False) -> None:
        destination = FilesDestination(self.workspace.outbox, read_mapping("files"))
        sync(
            self.workspace,
            run_id=run_id,
            destination=destination,
            started_by="tests",
            dry_run=dry_run,
        )

    def leave_traces(self) -> None:
        """What gates, dbt and runs that died may have left before evidence was masked."""
        for path in (
            self.workspace.data_docs / "index.html",
            self.workspace.data_docs / "results" / "r.json",
            self.traces / "last_error.txt",
            self.traces / "w" / "logs" / "dbt.log",
            self.traces / "dry_runs" / "plan.csv",
            self.folder / "leadger_dry_run_x" / self.warehouse.name,
            self.workspace.outbox / "crm-died.part",
            self.workspace.nurturing / "due-20260319T080000Z.csv",
            self.workspace.handoff / "2026-W12.fr" / "nord.html",
            self.workspace.handoff / "2026-W11.en.part" / "nord.csv",
            self.folder / "w.duckdb.tmp" / "spilled",
        ):
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text("zephyrine@atelier.example Zephyrine Quillfeather", encoding="utf-8")
        log = RunLog(self.warehouse)
        log.prepare()
        with open_warehouse(self.warehouse) as connection:
            failure = json.dumps({"failure": "bad: Zephyrine@atelier.example", "kept": 1})
            connection.execute(
                "insert into control.runs values "
                "('earlier', now(), now(), now(), null, true, 'failed', 'tests', ?)",
                [failure],
            )
            connection.execute(
                "create schema marts__as_of_20260301t000000;"
                "create table marts__as_of_20260301t000000.leads as from marts.leads"
            )

    def pending(self) -> list[str]:
        with open_warehouse(self.warehouse) as connection:
            return pending(connection, SCHEMAS)

    def erase_only(self) -> ErasureReport:
        """All that is done when the process dies between the transaction and the files."""
        return erase(self.workspace, self.pending(), run_id="dies", now=NOW, schemas=SCHEMAS)

    def carry_out(self, run_id: str = "erases") -> ErasureReport | None:
        return carry_out(
            self.workspace, run_id=run_id, now=NOW, schemas=SCHEMAS, traces=self.traces
        )

    def found_in_tables(self) -> list[str]:
        """Tables with a needle in any column."""
        found: list[str] = []
        with open_warehouse(self.warehouse, read_only=True) as connection:
            tables = connection.execute(
                "select table_schema, table_name from information_schema.tables"
            ).fetchall()
            for schema, table in tables:
                rows = connection.execute(
                    f'select lower(cast(t as varchar)) from "{schema}"."{table}" as t'
                ).fetchall()
                text = str(rows)
                found += [f"{schema}.{table}: {needle}" for needle in NEEDLES if needle in text]
        return found

    def found_in_files(self) -> list[str]:
        """Files beside the warehouse with a needle in their bytes."""
        found = []
        for path in sorted(self.folder.rglob("*")):
            top = path.relative_to(self.folder).parts[0]
            if path.is_file() and top not in ("in", "raw", "project", "target"):
                content = path.read_bytes().lower()
                found += [
                    f"{path.relative_to(self.folder)}: {needle}"
                    for needle in NEEDLES
                    if needle.encode() in content
                ]
        return found

    def raw_rows(self, condition: str) -> dict[str, list[tuple[Any, ...]]]:
        """Rows of the raw tables, to compare before with after."""
        return {
            table: self.rows(f"from raw.{table} where {condition} order by all")
            for table in ("contacts", "events", "consents", "sales_activities", "deals")
        }


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    """Loaded, built, published and told to the CRM; nobody has asked for anything yet."""
    made = Scene.make(tmp_path_factory.mktemp("erasure") / "sandbox")
    made.load(made.put("first", FILES), now=NOW)
    made.build(AS_OF)
    readers_file.rewrite(made.workspace)
    made.tell_the_crm("first")
    made.leave_traces()
    yield made
