"""What became of records whose answer is open: the CRM is asked, and never told again blindly."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace

from orchestration.crm.destination import Answer, Change, Found, Outcome
from orchestration.crm.mapping import PropertyType
from orchestration.crm.three_way import is_same

Look = Callable[[Sequence[str], Sequence[str]], list[Found]]


def read_back(
    look: Look, kinds: Mapping[str, PropertyType], changes: Sequence[Change], size: int
) -> Iterator[Answer]:
    """Answers by looking, property by property: held, open still, or the record is gone.

    A call without an answer may still be at work: what is not there is planned again, and known for
    ours if it comes late.

    Args:
        look: asks the CRM about ids and properties.
        kinds: the type of each property, by name.
        changes: what was sent.
        size: how many records may be asked about at once.
    """
    for start in range(0, len(changes), size):
        some = changes[start : start + size]
        names = sorted({name for each in some for name in each.properties})
        found = look([each.target for each in some], names)
        for change, there in zip(some, found, strict=True):
            if there.is_unsaid:
                reason = "read back: the CRM did not say what it holds of it"
                yield Answer(change.sequence, Outcome.UNKNOWN, reason)
            elif there.gone:
                yield Answer(change.sequence, Outcome.REJECTED, there.gone, 404)
            else:
                yield from _by_property(kinds, change, there)


def _by_property(
    kinds: Mapping[str, PropertyType], change: Change, there: Found
) -> Iterator[Answer]:
    """What is there is acknowledged; what is not may still come."""
    echo = {
        name: there.values.get(name) or ""
        for name, wanted in change.properties.items()
        if is_same(kinds.get(name, "string"), there.values.get(name) or "", wanted)
    }
    open_names = [name for name in change.properties if name not in echo]
    if echo:
        held = list(echo) if open_names else None
        if there.survivor_id and there.survivor_id != change.target:
            yield replace(taken_by(there.survivor_id, change, echo), properties=held)
        else:
            yield Answer(
                change.sequence, Outcome.ACKNOWLEDGED, "read back", echo=echo, properties=held
            )
    if open_names:
        yield Answer(
            *(change.sequence, Outcome.RETRY, "read back: it is not there, or not yet"),
            properties=open_names if echo else None,
        )


def taken_by(
    survivor_id: str, change: Change, echo: Mapping[str, str], http_status: int | None = None
) -> Answer:
    """A record was merged while it was on its way, and what it was told stands in another one."""
    reason = f"taken by {survivor_id}, into which it was merged"
    return Answer(
        change.sequence, Outcome.RETRY, reason, http_status, echo=echo, taken_by=survivor_id
    )
