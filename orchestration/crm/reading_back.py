"""What became of records whose answer is open: the CRM is asked, and never told again blindly."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

from orchestration.crm.destination import Answer, Change, Found, Outcome
from orchestration.crm.mapping import PropertyType
from orchestration.crm.three_way import is_same

Look = Callable[[Sequence[str], Sequence[str]], list[Found]]


def read_back(
    look: Look, kinds: Mapping[str, PropertyType], changes: Sequence[Change], size: int
) -> Iterator[Answer]:
    """Answers by looking: a record holds what was sent, or is to be sent again, or is gone.

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
            if there.gone:
                yield Answer(change.sequence, Outcome.REJECTED, there.gone, 404)
            elif all(
                is_same(kinds.get(name, "string"), there.values.get(name) or "", wanted)
                for name, wanted in change.properties.items()
            ):
                echo = {name: there.values.get(name) or "" for name in change.properties}
                if there.survivor_id and there.survivor_id != change.target:
                    yield taken_by(there.survivor_id, change, echo)
                else:
                    yield Answer(change.sequence, Outcome.ACKNOWLEDGED, "read back", echo=echo)
            else:
                yield Answer(change.sequence, Outcome.RETRY, "read back: it was not done")


def taken_by(
    survivor_id: str, change: Change, echo: Mapping[str, str], http_status: int | None = None
) -> Answer:
    """A record was merged while it was on its way, and what it was told stands in another one."""
    reason = f"taken by {survivor_id}, into which it was merged"
    return Answer(
        change.sequence, Outcome.RETRY, reason, http_status, echo=echo, taken_by=survivor_id
    )
