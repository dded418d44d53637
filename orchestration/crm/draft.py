"""The draft of a sync: the plan once the CRM was asked, in table `crm_sync.draft`.

It lies in the warehouse and not in memory, so that a million records cost no more than a few. Each
sync writes it anew; the ledger takes it in whole.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from orchestration.crm.destination import Change, Outcome
from orchestration.crm.ledger import Ledger
from orchestration.crm.steps import STEP_COLUMNS, Step, changes_of


@dataclass
class Draft:
    """Steps decided so far, in the order of sending."""

    ledger: Ledger
    new: int = 0
    """Records to send that the CRM was never told anything about."""
    steps: int = 0

    def begin(self) -> None:
        """Clear the table."""
        columns = ", ".join(
            f"cast(null as {kind}) as {name}" for name, kind in STEP_COLUMNS.items()
        )
        self.ledger.connection.replace_table(
            "crm_sync.draft", f"select {columns} from (select 1 as nothing) as one where 1 = 0"
        )

    def add(self, steps: Sequence[Step]) -> None:
        """Take steps in, numbered in their order."""
        if steps:
            self.ledger.bring(steps, self.steps + 1)
            self.ledger.connection.execute(
                "insert into crm_sync.draft select * from crm_steps order by place"
            )
            self.steps += len(steps)

    def to_send(self) -> Iterator[Change]:
        """What would be sent."""
        return changes_of(
            self.ledger.connection,
            "select sequence, object_id, lead_id, change_id, properties, before, '{}' as record, "
            "attempt, '{}' as echo, sent_to from crm_sync.draft "
            f"where outcome = '{Outcome.PLANNED}' order by sequence",
            {},
        )

    def is_rest_of(self, run: str) -> bool:
        """Whether all that would be sent is in the plan of a run, word for word."""
        found = self.ledger.connection.execute(
            "select count(*) from crm_sync.draft as draft "
            f"where outcome = '{Outcome.PLANNED}' and not exists ("
            "select 1 from crm_sync.sync_records as planned where planned.run = ? "
            f"and planned.destination = ? and planned.outcome = '{Outcome.PLANNED}' "
            "and planned.object_id = draft.object_id "
            "and cast(planned.properties as varchar) = draft.properties)",
            [run, self.ledger.destination],
        ).fetchone()
        assert found is not None
        return int(found[0]) == 0


def digest(changes: Iterable[Change]) -> str:
    """What a plan says, in 64 characters: any other record, value or order is another plan."""
    found = hashlib.sha256()
    for each in changes:
        found.update(line_of(each))
    return found.hexdigest()


def line_of(change: Change) -> bytes:
    """A change as the digest sees it."""
    line = [
        *(change.sequence, change.target, change.object_id),
        *(dict(change.properties), dict(change.before)),
    ]
    return json.dumps(line, ensure_ascii=False, sort_keys=True).encode() + b"\n"
