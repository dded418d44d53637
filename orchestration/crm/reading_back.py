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
                yield Answer(change.sequence, Outcome.ACKNOWLEDGED, "read back", echo=echo)
            else:
                yield Answer(change.sequence, Outcome.RETRY, "read back: it was not done")
