"""How a CRM stands, whatever the next sync plans: what is parked, taken back, edited there."""

from __future__ import annotations

from dataclasses import dataclass

from orchestration.crm.destination import ROLLED_BACK
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
    if not connection.has_table("crm_sync", "parked"):
        return Standing()
    is_back = f"error_category is not distinct from '{ROLLED_BACK}'"
    counted = connection.execute(
        f"select count(distinct case when not ({is_back}) then object_id end), "
        f"count(distinct case when {is_back} then object_id end), "
        f"count(case when {is_back} then property end), "
        "(select count(*) from crm_sync.open_conflicts where destination = $destination) "
        "from crm_sync.parked where destination = $destination",
        {"destination": name},
    ).fetchone()
    assert counted is not None
    return Standing(*map(int, counted))
