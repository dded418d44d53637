"""What can be said of every compiled model without running it.

Snowflake and BigQuery can read it once sqlglot has put it in their words: no construct is used that
these dialects do not have. And no join compares each row with each.
"""

from __future__ import annotations

import json
import os
import re
import shutil
from collections.abc import Mapping
from pathlib import Path

import pytest
import sqlglot
from sqlglot.errors import ErrorLevel, UnsupportedError
from sqlglot.expressions import And, Anonymous, Column, Join

from orchestration.warehouse import warehouse_at
from orchestration.workspace import PROJECT

KNOWN_DIFFERENCES: dict[str, tuple[str, ...]] = {
    "snowflake": (),
    # The windows' keys are never null, so where nulls would go does not matter (docs/engines.md).
    "bigquery": ("'NULLS LAST' translation not supported",),
}


DUCKDB_ALONE = re.compile(r"\{% macro duckdb__.*?\{%- endmacro %\}\n", re.DOTALL)
"""What DuckDB says in words of its own; another engine gets what is said by default."""


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, str]:
    """The compiled SQL of every model, by its name, as an engine without variants gets it."""
    from dbt.cli.main import dbtRunner

    target, project = (tmp_path_factory.mktemp(name) for name in ("compiled", "project"))
    for name in ("models", "macros", "seeds", "tests/data"):
        shutil.copytree(PROJECT / name, project / name)
    for name in ("dbt_project.yml", "profiles.yml"):
        shutil.copy(PROJECT / name, project / name)
    for file in (project / "macros" / "warehouse").glob("*.sql"):
        file.write_text(DUCKDB_ALONE.sub("", file.read_text(encoding="utf-8")), encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LEADGER_WAREHOUSE", str(target / "w.duckdb"))
        patch.setenv("LEADGER_ENGINE", "duckdb")
        variables = {"as_of": "2026-01-01 00:00:00", "marts_schema": "marts_next"}
        outcome = dbtRunner().invoke(
            [
                *("--quiet", "--log-path", str(target / "logs"), "compile", "--full-refresh"),
                *("--project-dir", str(project), "--profiles-dir", str(project)),
                *("--target-path", str(target), "--vars", json.dumps(variables)),
            ]
        )
        warehouse_at(Path(os.environ["LEADGER_WAREHOUSE"])).release()
    assert outcome.success, outcome.exception
    folder = target / "compiled" / "leadger" / "models"
    return {
        file.stem: file.read_text(encoding="utf-8")
        for file in folder.rglob("*.sql")
        if file.parent.suffix != ".yml"  # tests are compiled into folders named like their YAML
    }


@pytest.mark.parametrize("dialect", sorted(KNOWN_DIFFERENCES))
def test_every_model_can_be_read(dialect: str, models: Mapping[str, str]) -> None:
    assert len(models) == len(list((PROJECT / "models").rglob("*.sql")))
    wrong = {name: _not_there(sql, dialect) for name, sql in models.items()}
    assert not {name: found for name, found in wrong.items() if found}


@pytest.mark.parametrize("dialect", sorted(KNOWN_DIFFERENCES))
def test_what_they_lack_is_found(dialect: str) -> None:
    assert _not_there("select no_such_function(x) from t", dialect) == ["no_such_function"]


def test_an_untranslatable_construct_is_found() -> None:
    assert _not_there("select approx_quantile(x, [0.1, 0.5]) from t", "bigquery")


def test_no_join_compares_each_row_with_each(models: Mapping[str, str]) -> None:
    wrong = {name: _one_sided(sql) for name, sql in models.items()}
    assert not {name: found for name, found in wrong.items() if found}


@pytest.mark.parametrize(
    ("condition", "found"),
    [
        ("a.id = b.id and a.kind = 'x'", ["a.kind = 'x'"]),
        ("a.kind = 'x' and a.id = b.id and a.n = 1", ["a.kind = 'x'", "a.n = 1"]),
        ("a.id = b.id and b.kind = 'x'", []),  # looked at before the join
        ("a.id = b.id and a.kind = b.kind", []),
    ],
)
def test_a_condition_on_one_side_is_found(condition: str, found: list[str]) -> None:
    assert _one_sided(f"select * from a left join b on {condition}") == found
    assert not _one_sided(f"select * from a inner join b on {condition}")


def _one_sided(sql: str) -> list[str]:
    """Conditions of outer joins that look at one side only: DuckDB then tries every pair."""
    found = []
    for join in sqlglot.parse_one(sql, read="duckdb").find_all(Join):
        condition = join.args.get("on")
        if join.side and condition is not None:
            parts = condition.flatten() if isinstance(condition, And) else [condition]
            found += [
                each.sql()
                for each in parts
                if join.alias_or_name not in {column.table for column in each.find_all(Column)}
            ]
    return found


def _not_there(sql: str, dialect: str) -> list[str]:
    """What has no translation, and functions that not even sqlglot knows."""
    known = KNOWN_DIFFERENCES[dialect]
    found = [line for line in _untranslated(sql, dialect) if not line.startswith(known)]
    (put,) = sqlglot.transpile(
        sql, read="duckdb", write=dialect, unsupported_level=ErrorLevel.IGNORE
    )
    read = sqlglot.parse_one(put, read=dialect)
    return found + [function.name.lower() for function in read.find_all(Anonymous)]


def _untranslated(sql: str, dialect: str) -> list[str]:
    try:
        sqlglot.transpile(
            sql,
            read="duckdb",
            write=dialect,
            unsupported_level=ErrorLevel.RAISE,
            max_unsupported=1000,
        )
    except UnsupportedError as error:
        return [line for line in str(error).splitlines() if line]
    return []
