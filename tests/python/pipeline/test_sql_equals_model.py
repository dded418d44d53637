"""SQL and the row-at-a-time model agree on every change, balance, box, path and temperature."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from model.definitions import Definitions
from model.histories import (
    AS_OF,
    REFERENCE,
    Options,
    default_definitions,
    random_definitions,
    random_history,
    write_definitions,
    write_raw,
)
from model.lifecycle import run
from pipeline.agreement import assert_agreement
from pipeline.sandbox import Sandbox

PEOPLE = 1500
"""Contacts per history: one dbt run proves them all."""


def compare(folder: Path, seed: int, definitions: Definitions, options: Options) -> None:
    history = random_history(seed=seed, people=PEOPLE, options=options)
    sandbox = Sandbox.make(folder)
    write_definitions(definitions, sandbox.seeds)
    write_raw(history, sandbox.raw)
    sandbox.load()
    sandbox.build(AS_OF)
    expected = run(history, definitions, AS_OF, REFERENCE)
    assert sum(len(timeline.changes) for timeline in expected.values()) > PEOPLE / 2
    assert_agreement(sandbox, expected, AS_OF)


def test_default_definitions(tmp_path: Path) -> None:
    compare(tmp_path / "sandbox", 1, default_definitions(), Options())


def everything() -> Options:
    """Histories with all they can hold: what the page leaves open, DECISIONS.md decides."""
    return Options(**dict.fromkeys(Options.__dataclass_fields__, True))


@settings(
    max_examples=2,
    deadline=None,
    derandomize=True,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)
@given(seed=st.integers(2, 10**6))
def test_random_definitions(seed: int) -> None:
    with TemporaryDirectory() as folder:
        compare(Path(folder) / "sandbox", seed, random_definitions(seed), everything())
