"""The contract in Python and the sources in dbt say the same."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from orchestration.ingest.contract import TABLES

FOLDER = Path(__file__).resolve().parents[3] / "models" / "staging" / "generic"


def sources() -> dict[str, Any]:
    return {
        table["name"]: table
        for path in FOLDER.glob("*sources*.yml")
        for source in yaml.safe_load(path.read_text(encoding="utf-8")).get("sources", [])
        for table in source["tables"]
    }


def test_every_table_is_a_source() -> None:
    assert sources(), f"no sources file in {FOLDER}"
    assert {table.name for table in TABLES} == {n for n in sources() if not n.startswith("_")}


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_source_lists_the_contracts_columns(table: Any) -> None:
    listed = [column["name"] for column in sources()[table.name]["columns"]]
    assert listed == [column.name for column in table.stored]


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_source_gives_the_contracts_types(table: Any) -> None:
    wanted = {c.name: c.type.value.lower() for c in table.stored}
    for column in sources()[table.name]["columns"]:
        if "data_type" in column:
            assert column["data_type"].lower() == wanted[column["name"]], column["name"]


def test_keys_are_columns() -> None:
    for table in TABLES:
        assert set(table.key) <= {column.name for column in table.columns}
