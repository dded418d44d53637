"""What a sync with a CRM leaves for somebody to look at: held plans, parked records, conflicts."""

from __future__ import annotations

from orchestration.errors import UnusableInputError
from orchestration.lock import hold
from orchestration.sensors.alerts import Alert
from orchestration.warehouse import open_warehouse
from orchestration.workspace import Workspace

_NEWS = """
    select
        'crm_held:' || destination || ':' || run as alert_id, 'crm_held' as kind,
        started_at as happened_at,
        destination || ': sync ' || run || ' waits for approval' as said
    from crm_sync.sync_runs
    where state = 'awaiting_approval'
    union all
    select distinct
        'crm_parked:' || destination || ':' || record_id, 'crm_parked', recorded_at,
        destination || ': record ' || object_id || ' is parked: '
        || coalesce(error_category, cast(http_status as varchar), reason, 'no reason given')
    from crm_sync.parked
    union all
    select
        'crm_conflict:' || destination || ':' || object_id || ':' || property || ':'
        || cast(recorded_at as varchar),
        'crm_conflict', recorded_at,
        destination || ': ' || property || ' of record ' || object_id
        || ' was edited there, and the marts say otherwise'
    from crm_sync.sync_conflicts
    order by 3, 1
"""


def crm_news(workspace: Workspace) -> list[Alert]:
    """What waits, is parked or was edited, oldest first, told or not; no values, only ids.

    Raises:
        UnusableInputError: a run has the warehouse; ask again.
    """
    with (
        hold(workspace, _give_way),
        open_warehouse(workspace.warehouse, read_only=True) as connection,
    ):
        if not connection.has_table("crm_sync", "parked"):
            return []
        rows = connection.execute(_NEWS).fetchall()
    return [Alert(*row) for row in rows]


def _give_way(why: str) -> None:
    raise UnusableInputError(why)
