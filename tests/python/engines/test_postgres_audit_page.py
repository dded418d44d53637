"""The audit page says on PostgreSQL what it says on DuckDB, and what the CRM was told besides."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from audit_page.conftest import built as built
from audit_page.reading import words
from engines.copying import copy_tables
from orchestration.audit_page.app import Audit
from orchestration.audit_page.changes import CHANGES
from orchestration.audit_page.filters import Condition
from orchestration.audit_page.texts import read_texts
from orchestration.warehouse import Database
from orchestration.warehouse.snapshot import open_snapshot
from orchestration.workspace import Workspace

pytestmark = pytest.mark.postgres
PATHS = (
    ("/", ""),
    ("/changes", "?since=&cause=decay:"),
    ("/changes", "?since=2025-06-01&from_stage=none"),
    ("/findings", "?severity=high"),
    ("/lead/nobody", ""),
)


def test_the_same_page(built: Workspace, database: Database) -> None:
    copy_tables(Path(str(built.warehouse)), database)
    texts = read_texts("en")
    ours, theirs = Audit(built, texts), Audit(Workspace(database), texts)
    for path, search in PATHS:
        assert words(theirs.page(path, search)) == words(ours.page(path, search))
    with duckdb.connect(str(built.published), read_only=True) as marts:
        lead_id = marts.execute("select min(crm_contact_id) from marts.crm_lead_status").fetchall()
    said = words(theirs.page(f"/lead/{lead_id[0][0]}", ""))
    assert texts("failed_title") not in said
    assert "✓ acknowledged" in said
    with open_snapshot(built.readers) as file, open_snapshot(database) as server:
        assert list(CHANGES.all_rows(server, Condition(), 20)) == list(
            CHANGES.all_rows(file, Condition(), 30)
        )
