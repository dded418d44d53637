"""The benchmark of the sync with a CRM: its figures, and a small run of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench.crm import _share, _tenths, measure


@pytest.mark.parametrize(
    ("instants", "limit", "expected"),
    [
        ([], 10, 0.0),
        ([0.0, 5.0], 10, 0.0),  # not one whole window
        ([0.0, 1.0, 2.0, 9.9, 10.0], 4, 1.0),
        ([0.0, 1.0, 9.9, 15.0, 20.0], 2, 1.0),
        ([20.0, 0.0, 15.0], 2, 0.5),
    ],
)
def test_the_share_of_the_limit(instants: list[float], limit: int, expected: float) -> None:
    assert _share(instants, limit) == expected


def test_memory_so_far_at_each_tenth() -> None:
    assert _tenths([]) == [0.0] * 10
    assert _tenths([(0.0, 5.0), (5.0, 9.0), (10.0, 7.0)]) == [5.0] * 4 + [9.0] * 6


def test_nothing_is_lost_and_nothing_said_twice(tmp_path: Path) -> None:
    found = measure(tmp_path / "crm", records=1_200, latency=0.05, limit=190)
    assert found.is_clean
    assert 0 < found.acknowledged_before_kill <= 400  # what was answered before the kill
    assert [each.command for each in found.told] == ["push", "approve (killed)", "push"]
