"""The key of the tombstones: made once, for its owner only, and never replaced unseen."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from orchestration.erasure.key import VARIABLE, read_key
from orchestration.erasure.tombstones import TABLES, check_key
from orchestration.errors import UnusableInputError
from orchestration.warehouse.duckdb_file import DuckDBConnection
from orchestration.workspace import Workspace


@pytest.fixture
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    monkeypatch.delenv(VARIABLE, raising=False)
    return Workspace(tmp_path / "w.duckdb")


def test_made_at_first_need_for_its_owner_only(workspace: Workspace) -> None:
    key = read_key(workspace, may_make=True)
    assert (workspace.erasure_key.stat().st_mode & 0o777) == 0o600
    assert len(key) == 64
    assert read_key(workspace, may_make=False) == key


def test_a_lost_key_is_not_replaced(workspace: Workspace) -> None:
    with pytest.raises(UnusableInputError, match=r"put .* back from its backup"):
        read_key(workspace, may_make=False)


def test_the_environment_comes_first(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, "a key of our own, from a vault")
    assert read_key(workspace, may_make=True) == "a key of our own, from a vault"
    assert not workspace.erasure_key.exists()
    monkeypatch.setenv(VARIABLE, "short")
    with pytest.raises(UnusableInputError, match="16 characters"):
        read_key(workspace, may_make=True)


def test_another_key_than_that_of_the_tombstones_is_refused() -> None:
    with duckdb.connect() as raw:
        connection = DuckDBConnection(raw)
        connection.execute(TABLES)
        check_key(connection, "the first key of all")
        check_key(connection, "the first key of all")
        with pytest.raises(UnusableInputError, match="not the one"):
            check_key(connection, "a very different key")
