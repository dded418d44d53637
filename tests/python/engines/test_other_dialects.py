"""Snowflake and BigQuery can read every compiled model once sqlglot has put it in their words.

Nothing is run there; what is proven is that no construct is used that these dialects do not have.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path

import pytest
import sqlglot
from sqlglot.errors import ErrorLevel, UnsupportedError
from sqlglot.expressions import Anonymous

from orchestration.warehouse import warehouse_at
from orchestration.workspace import PROJECT

KNOWN_DIFFERENCES: dict[str, tuple[str, ...]] = {
    "snowflake": (),
    # The windows' keys are never null, so where nulls would go does not matter (docs/engines.md).
    "bigquery": ("'NULLS LAST' translation not supported",),
}


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, str]:
    """The compiled SQL of every model, by its name."""
    from dbt.cli.main import dbtRunner

    target = tmp_path_factory.mktemp("compiled")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LEADGER_WAREHOUSE", str(target / "w.duckdb"))
        patch.setenv("LEADGER_ENGINE", "duckdb")
        variables = {"as_of": "2026-01-01 00:00:00", "marts_schema": "marts_next"}
        outcome = dbtRunner().invoke(
            [
                *("--quiet", "--log-path", str(target / "logs"), "compile", "--full-refresh"),
                *("--project-dir", str(PROJECT), "--profiles-dir", str(PROJECT)),
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
