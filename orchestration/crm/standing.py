"""How a CRM stands, whatever the next sync plans: what is parked, taken back, edited there."""

from __future__ import annotations

import json
from dataclasses import dataclass

from orchestration.crm.destination import Outcome
from orchestration.crm.rolling_back import ROLLED_BACK
from orchestration.warehouse import Connection


@dataclass(frozen=True)
class Standing:
    """Counts of records, but for properties and conflicts."""

    parked: int = 0
    """Refused, until they say something else or somebody releases them."""
    rolled_back: int = 0
    """Taken back, likewise."""
    rolled_back_properties: int = 0
    conflicts: int = 0
    """Properties that people edited there and the marts say otherwise."""


def standing_of(connection: Connection, name: str) -> Standing:
    """How a CRM stands by its ledger."""
    if not connection.has_table("crm_sync", "open_conflicts"):
        return Standing()
    counted = connection.execute(
        f"select count(*) from ({_PARKED}) as parked where reason is distinct from $rolled_back",
        {"destination": name, "rolled_back": ROLLED_BACK},
    ).fetchone()
    taken_back = connection.stream(
        f"select properties from ({_PARKED}) as parked where reason = $rolled_back",
        {"destination": name, "rolled_back": ROLLED_BACK},
    )
    records = properties = 0
    for (told,) in taken_back:
        records += 1
        properties += len(json.loads(told))
    conflicts = connection.execute(
        "select count(*) from crm_sync.open_conflicts where destination = ?", [name]
    ).fetchone()
    assert counted is not None
    assert conflicts is not None
    return Standing(int(counted[0]), records, properties, int(conflicts[0]))


# Records whose last step is a refusal.
_PARKED = f"""
select cast(properties as varchar) as properties, reason from crm_sync.sync_records
where
    outcome = '{Outcome.REJECTED}'
    and record_id in (
        select max(record_id) from crm_sync.sync_records
        where destination = $destination group by object_id
    )
"""
