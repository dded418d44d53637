"""Who speaks for a record that became part of another one in the CRM.

Contacts are merged, leads are converted into contacts. What is left speaks for itself where the
marts have a row for it. Where they have none, the first row that became part of it is told to it:
all of what it says, since a CRM need not have copied it, and from then on what changes.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from orchestration.crm.desk import Desk
from orchestration.crm.destination import Change, Found, Outcome
from orchestration.crm.planning import Planned
from orchestration.crm.three_way import is_same
from orchestration.crm.waves import batches
from orchestration.erasure.raw_rows import ERASED


@dataclass
class Survivors:
    """Records that others became part of, as a plan meets them."""

    desk: Desk
    _speakers: dict[str, str] = field(default_factory=dict)
    """By survivor, the record whose row speaks: its own, or the first that became part of it."""
    _told: set[tuple[str, str]] = field(default_factory=set)
    """Records whose rows were told to survivors already."""
    _met: set[str] = field(default_factory=set)

    def stand_in(self, pairs: Sequence[tuple[Planned, Found]]) -> dict[str, tuple[Change, Found]]:
        """Changes for the records that stand for those asked about, and what these hold.

        By the id of the record asked about; none for those for whom the survivor's own row speaks.
        """
        merged = [(row, there) for row, there in pairs if there.survivor_id and not there.gone]
        self._meet({there.survivor_id for _, there in merged if there.survivor_id})
        found: dict[str, tuple[Change, Found]] = {}
        for row, there in merged:
            survivor, own = str(there.survivor_id), row.change.object_id
            if self._speakers.setdefault(survivor, own) != own:
                continue
            wanted = dict(row.change.properties)
            if row.refused or (own, survivor) not in self._told:
                whole = {**told_so_far(self.desk, own), **wanted}
                wanted = wanted if (own, survivor) in self._told else whole
                if all(whole.get(name) == value for name, value in row.refused.items()):
                    wanted = {n: value for n, value in wanted.items() if n not in row.refused}
            found[own] = replace(row.change, properties=wanted, sent_to=survivor), there
        return self._with_all_they_hold(found)

    def _meet(self, survivors: set[str]) -> None:
        """Find out who speaks for those that were not met before."""
        new = sorted(survivors - self._met)
        if not new:
            return
        self._met |= set(new)
        key = f'cast("{self.desk.mapping.object_id.column}" as varchar)'
        for (object_id,) in self.desk.connection.execute(
            f'select {key} from "{self.desk.schema}".crm_lead_status where {key} = any(?)', [new]
        ).fetchall():
            self._speakers[object_id] = object_id
        for sent_to, object_id in self.desk.connection.execute(
            "select sent_to, object_id from crm_sync.sync_records where destination = ? "
            f"and outcome = '{Outcome.ACKNOWLEDGED}' and sent_to = any(?) order by record_id",
            [self.desk.crm.name, new],
        ).fetchall():
            self._told.add((object_id, sent_to))
            self._speakers.setdefault(sent_to, object_id)

    def _with_all_they_hold(
        self, changes: Mapping[str, tuple[Change, Found]]
    ) -> dict[str, tuple[Change, Found]]:
        """Changes with what the survivors hold of all their properties; empty ones are unedited."""
        found = dict(changes)
        for some in batches(list(changes), self.desk.crm):
            names = sorted({name for each in some for name in changes[each][0].properties})
            held = self.desk.crm.look([changes[each][0].target for each in some], names)
            for each, there in zip(some, held, strict=True):
                change = changes[each][0]
                if (change.object_id, change.target) not in self._told:
                    change = replace(change, before=self._unfilled(change, there))
                found[each] = change, there
        return found

    def _unfilled(self, change: Change, there: Found) -> dict[str, str | None]:
        """What a survivor was told before, for one that never was: nobody edited what is empty."""
        before: dict[str, str | None] = {}
        told = told_so_far(self.desk, change.object_id)
        for name in change.properties:
            now = there.values.get(name) or ""
            is_empty = not now or is_same(self.desk.properties[name].type, now, "")
            before[name] = now if is_empty else told.get(name)
        return before


def told_so_far(desk: Desk, object_id: str) -> dict[str, str]:
    """What a record last acknowledged, of what is mapped."""
    found: dict[str, str] = {}
    for (properties,) in desk.connection.execute(
        "select cast(properties as varchar) from crm_sync.sync_records where destination = ? "
        f"and object_id = ? and outcome = '{Outcome.ACKNOWLEDGED}' order by record_id",
        [desk.crm.name, object_id],
    ).fetchall():
        found |= json.loads(properties)
    return {
        name: value
        for name, value in found.items()
        if name in desk.properties and value not in (None, ERASED)
    }
