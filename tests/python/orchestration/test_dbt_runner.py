"""dbt in this process, on a project of four models and one test that fails."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import duckdb
import pytest

from orchestration import dbt_runner
from orchestration.dbt_runner import (
    BuildReport,
    Floor,
    NodeResult,
    build,
    build_arguments,
    clock_vars,
    parse_arguments,
    parse_project,
    shape_vars,
)
from orchestration.errors import GateFailedError, LeadgerError, UnusableInputError
from orchestration.workspace import PROJECT

FILES = {
    "dbt_project.yml": """
name: leadger
profile: leadger
vars: {as_of: "2026-01-01 00:00:00", known_at: "", marts_schema: marts, schema_suffix: ""}
test-paths: [tests/data]
models:
  leadger:
    staging: {+schema: staging, +materialized: view}
    marts: {+schema: marts, +materialized: table}
""",
    "profiles.yml": (PROJECT / "profiles.yml").read_text(encoding="utf-8"),
    "macros/schemas.sql": (PROJECT / "macros" / "warehouse" / "schemas.sql").read_text("utf-8"),
    "models/staging/stg_things.sql": (
        "select range as thing_id, cast('{{ var(\"as_of\") }}' as timestamp) as as_of from range(5)"
    ),
    "models/staging/staging.yml": """
models:
  - name: stg_things
    columns: [{name: thing_id, data_tests: [unique]}]
""",
    "models/marts/things.sql": "select * from {{ ref('stg_things') }}",
    "tests/data/staging/things_are_small.sql": (
        "select staged.thing_id from {{ ref('stg_things') }} as staged\n"
        "inner join {{ ref('things') }} as built on staged.thing_id = built.thing_id\n"
        "where staged.thing_id >= 3"
    ),
}


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    for name, text in FILES.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    monkeypatch.setattr(dbt_runner, "PROJECT", tmp_path)
    yield tmp_path


def test_each_floor_is_built_in_turn_and_a_failed_test_shows_its_rows(project: Path) -> None:
    here, warehouse = Path.cwd(), project / "things.duckdb"
    parsed = parse_project(warehouse)
    clocks = clock_vars(datetime(2012, 4, 1), None)
    heard: list[tuple[int, int, str]] = []

    staged = build(
        parsed, Floor.STAGING, warehouse, clocks, on_node=lambda *node: heard.append(node)
    )
    assert staged.passed
    assert [result.name for result in staged.results] == [
        "stg_things",
        "unique_stg_things_thing_id",
    ]
    assert heard[-1] == (2, 2, "unique_stg_things_thing_id")
    assert [event["info"]["name"] for event in staged.events] == ["LogModelResult", "LogTestResult"]

    built = build(parsed, Floor.MARTS, warehouse, clocks)
    assert not built.passed
    assert built.count("success", tests=False) == 1
    said = built.failure_message()
    assert "Test things_are_small failed: 2 row(s)." in said
    assert "e.g. thing_id 3" in said
    query = Path(said.partition("run this query: ")[2].strip())
    assert (project / query).is_file()
    with pytest.raises(GateFailedError):
        built.raise_if_failed()

    with duckdb.connect(str(warehouse)) as connection:  # nobody has it open any more
        rows = connection.execute("select as_of, count(*) from marts_next.things group by all")
        assert rows.fetchall() == [(datetime(2012, 4, 1), 5)]
    assert Path.cwd() == here
    assert "LEADGER_WAREHOUSE" not in os.environ


def test_a_test_over_several_models_has_a_home_among_the_marts(project: Path) -> None:
    parsed = parse_project(project / "things.duckdb")
    test = parsed.nodes["nodes"]["test.leadger.things_are_small"]
    assert test["attached_node"] == "model.leadger.things"


def test_time_travel_has_schemas_of_its_own(project: Path) -> None:
    parsed = parse_project(project / "things.duckdb", "__as_of_20120401t000000")
    schemas = {node["schema"] for node in parsed.nodes["nodes"].values() if "things" in node["fqn"]}
    assert schemas == {"marts__as_of_20120401t000000"}


def test_memory_is_limited_when_asked(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    model = project / "models/staging/stg_things.sql"
    model.write_text(
        "select 1 as thing_id, "
        "current_setting('memory_limit') || ', ' || current_setting('threads') as allowed"
    )
    warehouse, clocks = project / "things.duckdb", clock_vars(datetime(2012, 4, 1), None)
    parsed = parse_project(warehouse)
    monkeypatch.setenv("LEADGER_MEMORY", "plenty")
    with pytest.raises(UnusableInputError, match="such as 4GB"):
        build(parsed, Floor.MARTS, warehouse, clocks)
    monkeypatch.setenv("LEADGER_MEMORY", "512MiB")
    build(parsed, Floor.STAGING, warehouse, clocks)
    build(parsed, Floor.MARTS, warehouse, clocks)
    with duckdb.connect(str(warehouse)) as connection:
        rows = connection.execute("select allowed from marts_next.things").fetchall()
    assert rows == [("512.0 MiB, 1",)]


def test_a_project_that_cannot_be_read_says_why(project: Path) -> None:
    (project / "models/marts/things.sql").write_text("select * from {{ ref('nothing') }}")
    with pytest.raises(LeadgerError, match="nothing"):
        parse_project(project / "things.duckdb")


def test_a_new_instant_needs_no_new_parse() -> None:
    target, shape = Path("target"), shape_vars()
    assert parse_arguments(target, shape)[-1] == json.dumps({"marts_schema": "marts_next"})
    clocks = clock_vars(datetime(2012, 4, 1), datetime(2012, 5, 1))
    arguments = build_arguments(Floor.MARTS, target, shape, clocks, full_refresh=True)
    given = json.loads(arguments[arguments.index("--vars") + 1])
    assert given == {
        "marts_schema": "marts_next",
        "as_of": "2012-04-01 00:00:00.000000",
        "known_at": "2012-05-01 00:00:00.000000",
    }
    assert "--full-refresh" in arguments


def test_the_floors_share_nothing_and_leave_nothing_out() -> None:
    shape, clocks = shape_vars(), clock_vars(datetime(2012, 4, 1), None)
    staging = build_arguments(Floor.STAGING, Path("t"), shape, clocks)
    marts = build_arguments(Floor.MARTS, Path("t"), shape, clocks)
    selected = staging[staging.index("--select") + 1 : staging.index("--exclude")]
    left_out = marts[marts.index("--exclude") + 1 : marts.index("--indirect-selection")]
    assert set(left_out) == {*selected, "tag:truth_table"}
    assert staging[staging.index("--indirect-selection") + 1] == "cautious"


def test_a_long_list_of_failures_is_cut() -> None:
    broken = [NodeResult(f"m{i}", f"m{i}", "model", "error", 0.1, message="no") for i in range(40)]
    said = BuildReport(Floor.MARTS, broken).failure_message()
    assert "Model m0 broke: no" in said
    assert said.endswith("... and 30 more")
