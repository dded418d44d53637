"""The review says on PostgreSQL what it says on DuckDB."""

from __future__ import annotations

import pytest

from engines.copying import copy_tables
from orchestration.review.marts import read_review
from orchestration.review.page import render_page
from orchestration.warehouse import Database
from review.conftest import MONTH, World
from review.conftest import world as world

pytestmark = pytest.mark.postgres


def test_the_page(world: World, database: Database) -> None:
    copy_tables(world.sandbox.warehouse, database)
    assert render_page(read_review(database, MONTH), "fr") == render_page(world.review, "fr")
