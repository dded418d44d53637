"""A sync that ends early says how far it came, whatever ended it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

import requests
import urllib3

from orchestration.crm.desk import Desk
from orchestration.crm.destination import Outcome
from orchestration.crm.steps import now
from orchestration.errors import LeadgerError

LOST = (urllib3.exceptions.HTTPError, requests.RequestException, ConnectionError, TimeoutError)
"""What clients raise when no answer comes."""


class CutShortError(LeadgerError):
    """Something was sent before it ended (exit 1)."""


@contextmanager
def told_how_far(desk: Desk) -> Iterator[None]:
    """Let whatever ends a sync early say what had been sent by then.

    Raises:
        CutShortError: something may have been sent.
        LeadgerError: nothing was; or no answer came.
    """
    began = now()
    try:
        yield
    except (LeadgerError, *LOST) as error:
        how_far = _how_far(desk, began)
        if how_far is None and isinstance(error, LeadgerError):
            raise
        said = str(error) if isinstance(error, LeadgerError) else in_words(desk.crm.name, error)
        if how_far is None:
            raise LeadgerError(f"{said} Nothing was sent.") from None
        raise CutShortError(f"{said}\n{how_far}") from None


def in_words(name: str, error: BaseException) -> str:
    """A lost answer in words: what clients say of it is long, and may hold what nobody should."""
    return f"An answer of {name} was lost ({type(error).__name__})."


def _how_far(desk: Desk, began: datetime) -> str | None:
    """What had left when a sync of this desk failed; None if none did since an instant."""
    found = desk.connection.execute(
        "select run, mode from crm_sync.sync_runs where destination = ? and state = 'failed' "
        "and ended_at >= ? order by ended_at desc limit 1",
        [desk.crm.name, began],
    ).fetchone()
    if found is None:
        return None
    run, mode = found
    counts: dict[str, int] = dict(
        desk.connection.execute(
            "select outcome, count(*) from crm_sync.sync_records where record_id in ("
            "select max(record_id) from crm_sync.sync_records "
            "where run = ? and destination = ? group by sequence) group by outcome",
            [run, desk.crm.name],
        ).fetchall()
    )
    taken = counts.get(Outcome.ACKNOWLEDGED, 0)
    words = [f"{taken:,} records were acknowledged"]
    if on_their_way := counts.get(Outcome.SENT, 0):
        words.append(
            f"{on_their_way:,} were on their way, and {desk.crm.name} is asked about them next time"
        )
    if refused := counts.get(Outcome.REJECTED, 0):
        words.append(f"{refused:,} were refused")
    name = desk.crm.name
    again = f"the rest is planned again: leadger crm push {name}"
    if mode == "rollback":
        again = (
            f"to give back the rest: leadger crm rollback {name} {run.removeprefix('rollback-')}"
        )
    return f"Sync {run} with {name} was cut short: {', '.join(words)}; {again}"
