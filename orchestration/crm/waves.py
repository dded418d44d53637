"""Calls in waves: a CRM takes several at once, and is asked about the next records meanwhile."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from itertools import groupby, islice
from typing import TypeVar

from orchestration.crm.destination import Change, Crm, Found

T = TypeVar("T")


@contextmanager
def callers(crm: Crm) -> Iterator[ThreadPoolExecutor]:
    """Threads to call a CRM from; what has not begun when something fails never begins."""
    pool = ThreadPoolExecutor(crm.calls_at_once, thread_name_prefix=crm.name)
    try:
        yield pool
    finally:
        pool.shutdown(cancel_futures=True)


def batches(rows: Sequence[T], crm: Crm) -> Iterator[Sequence[T]]:
    """Rows in the CRM's own batches."""
    size = crm.batch_size or 100
    for start in range(0, len(rows), size):
        yield rows[start : start + size]


def look_ahead(
    pool: ThreadPoolExecutor,
    crm: Crm,
    rows: Iterable[T],
    change_of: Callable[[T], Change],
    apart: Callable[[T], object] = lambda _: None,
) -> Iterator[list[tuple[T, Found]]]:
    """Rows in waves, each with what the CRM holds now.

    The next wave is asked about while this one is used.

    Args:
        pool: where the calls are made.
        crm: whom to ask.
        rows: read as they are needed.
        change_of: what a row would tell, and whom.
        apart: rows that differ in this are never in one wave.
    """
    size = (crm.batch_size or 100) * crm.calls_at_once

    def waves() -> Iterator[list[T]]:
        for _, alike in groupby(rows, key=apart):
            while wave := list(islice(alike, size)):
                yield wave

    def ask() -> list[tuple[Sequence[T], Future[list[Found]]]]:
        wave = next(coming, [])
        return [
            (some, pool.submit(_look, crm, [change_of(each) for each in some]))
            for some in batches(wave, crm)
        ]

    coming = waves()
    ahead = ask()
    while ahead:
        here = ahead
        pairs = [pair for some, found in here for pair in zip(some, found.result(), strict=True)]
        ahead = ask()
        yield pairs


def _look(crm: Crm, changes: Sequence[Change]) -> list[Found]:
    names = sorted({name for each in changes for name in each.properties})
    return crm.look([each.target for each in changes], names)
