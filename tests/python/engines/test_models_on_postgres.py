"""The models on PostgreSQL make the same rows as on DuckDB."""

from __future__ import annotations

from pathlib import Path

import pytest

from engines.postgres_server import Server
from engines.rooms import DuckdbRoom, PostgresRoom
from engines.stories import Furnish, assert_same_demo, assert_same_funnel, assert_same_histories
from pipeline.test_lending_funnel import FUNNEL, needs_funnel

pytestmark = pytest.mark.postgres


@pytest.fixture
def furnish(postgres: Server) -> Furnish:
    def furnished(ours: DuckdbRoom, folder: Path) -> PostgresRoom:
        room = PostgresRoom(postgres, "models")
        room.furnish(ours, folder)
        return room

    return furnished


def test_the_demo(furnish: Furnish, tmp_path: Path) -> None:
    assert_same_demo(tmp_path, furnish)


def test_colliding_histories(furnish: Furnish, tmp_path: Path) -> None:
    assert_same_histories(tmp_path, 5, furnish)


@needs_funnel
def test_a_real_funnel(furnish: Furnish, tmp_path: Path) -> None:
    assert_same_funnel(tmp_path, FUNNEL, furnish)
