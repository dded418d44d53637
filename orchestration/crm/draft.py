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
from orchestration.crm.mapping import CrmMapping
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

    def records_to_send(self) -> int:
        """The records that would be sent something: objections have a row of their own."""
        found = self.ledger.connection.execute(
            "select count(distinct object_id) from crm_sync.draft "
            f"where outcome = '{Outcome.PLANNED}'"
        ).fetchone()
        assert found is not None
        return int(found[0])

    def is_rest_of(self, run: str) -> bool:
        """Whether all that would be sent is in the plan of a run, word for word."""
        keys = self.ledger.connection.words.json_keys("properties")
        planned = (
            "select 1 from crm_sync.sync_records as planned where planned.run = $run "
            f"and planned.destination = $destination and planned.outcome = '{Outcome.PLANNED}' "
        )
        found = self.ledger.connection.execute(
            "with others as (select object_id, cast(properties as json) as properties "
            f"from crm_sync.draft as draft where outcome = '{Outcome.PLANNED}' "
            f"and not exists ({planned} and planned.object_id = draft.object_id "
            "and cast(planned.properties as varchar) = draft.properties)), "
            f"named as (select object_id, properties, {keys} as property from others) "
            f"select count(*) from named where not exists ({planned} "
            "and planned.object_id = named.object_id and (planned.properties ->> named.property) "
            "= (named.properties ->> named.property))",
            {"run": run, "destination": self.ledger.destination},
        ).fetchone()
        assert found is not None
        return int(found[0]) == 0


class Digest:
    """What a plan says, in 64 characters: another record, value, order or mapping is another plan.

    Not where in its run it stands: what is left once the objections were sent is the same plan.
    """

    def __init__(self, mapping: CrmMapping) -> None:
        self._found = hashlib.sha256(mapping.fingerprint().encode() + b"\n")

    def add(self, change: Change) -> None:
        """Take the next change in."""
        self._found.update(_line(change))

    def text(self) -> str:
        """In hexadecimal."""
        return self._found.hexdigest()


def digest(mapping: CrmMapping, changes: Iterable[Change]) -> str:
    """The digest of a plan."""
    found = Digest(mapping)
    for each in changes:
        found.add(each)
    return found.text()


def _line(change: Change) -> bytes:
    line = [
        *(change.target, change.object_id, change.lead_id, change.change_id),
        *(dict(change.properties), dict(change.before)),
    ]
    return json.dumps(line, ensure_ascii=False, sort_keys=True).encode() + b"\n"
