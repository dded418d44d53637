"""A warehouse and its CRM, and what the commands do with them."""

from __future__ import annotations

from collections.abc import Callable

from orchestration.crm.approving import approve
from orchestration.crm.desk import Desk, Marts, TwoWayReport
from orchestration.crm.destination import Crm
from orchestration.crm.mapping import CrmMapping, Limits
from orchestration.crm.rolling_back import roll_back
from orchestration.crm.two_way import sync
from orchestration.warehouse import open_warehouse
from orchestration.workspace import Workspace

Query = Callable[..., list[tuple[object, ...]]]
Reach = Callable[[CrmMapping, Callable[[float], None]], Crm]
"""Makes the destination, which waits by calling what it is given."""
FREELY = Limits(
    always_allowed=1_000_000,
    changed_share=1,
    backward_share=1,
    cleared_share=1,
    fewer_rows_share=1,
    new_share=1,
)


class Scene:
    """A warehouse, its CRM, and one desk a call: what a command does."""

    def __init__(self, workspace: Workspace, mapping: CrmMapping, reach: Reach) -> None:
        self.workspace = workspace
        self.reach = reach
        self.mapping = mapping
        self.slept: list[float] = []

    def _desk(self, connection: object) -> Desk:
        crm = self.reach(self.mapping, self.slept.append)
        return Desk(connection, crm, self.mapping, self.workspace.outbox)  # type: ignore[arg-type]

    def setup(self) -> list[str]:
        with open_warehouse(self.workspace.warehouse) as connection:
            crm = self._desk(connection).crm
            missing = crm.missing(self.mapping)
            crm.create(missing)
            return [each.property for each in missing]

    def sync(self, run: str, *, dry_run: bool = False, marts: Marts | None = None) -> TwoWayReport:
        with open_warehouse(self.workspace.warehouse) as connection:
            return sync(
                self._desk(connection),
                run,
                started_by="test",
                dry_run=dry_run,
                marts=marts or Marts(),
            )

    def approve(self, run: str) -> TwoWayReport:
        with open_warehouse(self.workspace.warehouse) as connection:
            return approve(self._desk(connection), run, "ann")

    def roll_back(self, run: str) -> TwoWayReport:
        with open_warehouse(self.workspace.warehouse) as connection:
            return roll_back(self._desk(connection), run, started_by="ann")

    def release(self, object_id: str) -> bool:
        with open_warehouse(self.workspace.warehouse) as connection:
            return self._desk(connection).ledger.release(object_id)


def outcomes(query: Query, run: str) -> dict[str, str]:
    """The last step of each record of a run."""
    found = query(
        "select object_id, outcome from crm_sync.sync_records where run = ? order by record_id",
        run,
    )
    return {str(record): str(outcome) for record, outcome in found}


def set_score(query: Query, score: int, contact: str = "1") -> None:
    query("update marts.crm_lead_status set score = ? where crm_contact_id = ?", score, contact)
