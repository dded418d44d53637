"""`LEADGER_MEMORY` holds for whatever opens the warehouse file."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from orchestration.errors import UnusableInputError
from orchestration.warehouse import open_warehouse


@pytest.fixture
def warehouse(tmp_path: Path) -> Path:
    file = tmp_path / "w.duckdb"
    duckdb.connect(str(file)).close()
    return file


@pytest.mark.parametrize("read_only", [False, True])
@pytest.mark.parametrize(
    ("said", "limit", "threads"), [("1.5 GiB", "1.5 GiB", 1), ("512mib", "512.0 MiB", 1)]
)
def test_the_limit_holds(
    warehouse: Path,
    monkeypatch: pytest.MonkeyPatch,
    read_only: bool,
    said: str,
    limit: str,
    threads: int,
) -> None:
    monkeypatch.setenv("LEADGER_MEMORY", said)
    with open_warehouse(warehouse, read_only=read_only) as connection:
        found = connection.execute(
            "select current_setting('memory_limit'), current_setting('threads')"
        ).fetchone()
    assert found == (limit, threads)


def test_without_one_half_is_left_to_others(
    warehouse: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = "select current_setting('memory_limit'), current_setting('threads')"
    with duckdb.connect(str(warehouse)) as plain:
        (usual, threads) = plain.execute(settings).fetchone() or ("", 0)
    monkeypatch.delenv("LEADGER_MEMORY", raising=False)
    with open_warehouse(warehouse) as connection, open_warehouse(warehouse) as other:
        found = [each.execute(settings).fetchone() for each in (connection, other)]
    assert [each and each[1] for each in found] == [threads, threads]
    allowed = [mebibytes(each[0]) for each in found if each]
    assert allowed == [pytest.approx(mebibytes(usual) / 2, rel=0.02)] * 2


def mebibytes(amount: str) -> float:
    number, unit = amount.split()
    return float(number) * {"MiB": 1, "GiB": 1024, "TiB": 1024**2}[unit]


@pytest.mark.parametrize("said", ["plenty", "4", "4 bytes", "-1GB"])
def test_what_is_no_amount_is_refused(
    warehouse: Path, monkeypatch: pytest.MonkeyPatch, said: str
) -> None:
    monkeypatch.setenv("LEADGER_MEMORY", said)
    with pytest.raises(UnusableInputError, match="such as 4GB"), open_warehouse(warehouse):
        pass
