"""The servers that tests of other engines talk to, one per test process."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from engines import postgres_server
from engines.postgres_server import Server


@pytest.fixture(scope="session")
def postgres() -> Iterator[Server]:
    with postgres_server.running() as server:
        yield server
