"""The models on Spark make the same rows as on DuckDB (a demo: `test_spark_partitions`)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from engines.rooms import DuckdbRoom, SparkRoom
from engines.stories import Furnish, assert_same_funnel, assert_same_histories
from pipeline.test_lending_funnel import FUNNEL, needs_funnel

pytestmark = pytest.mark.spark


@pytest.fixture
def furnish(spark: Any) -> Furnish:
    def furnished(ours: DuckdbRoom, folder: Path) -> SparkRoom:
        room = SparkRoom(spark)
        room.furnish(ours, folder)
        return room

    return furnished


def test_colliding_histories(furnish: Furnish, tmp_path: Path) -> None:
    assert_same_histories(tmp_path, 5, furnish)


@needs_funnel
def test_a_real_funnel(furnish: Furnish, tmp_path: Path) -> None:
    assert_same_funnel(tmp_path, FUNNEL, furnish)
