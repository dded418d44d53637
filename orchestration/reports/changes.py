"""What a run is about to change for the readers of the marts, and for whom."""

from __future__ import annotations

from orchestration.warehouse import Place, open_warehouse

WITHDRAWN = "withdrawn"
CORRECTED = "corrected"
LEFT_THE_FUNNEL = "no stage"


def changes_to_publish(warehouse: Place, schema: str) -> dict[str, int]:
    """Stage changes nobody was told of yet, by stage entered, as the audit log will put them.

    `withdrawn` counts changes that the history as known now no longer has, `corrected` those that
    are still there but otherwise than was said.
    """
    with open_warehouse(warehouse) as connection:
        if not connection.has_table(schema, "lead_stage_audit"):
            return {}
        log = f'"{schema}".lead_stage_audit'
        rows = connection.execute(
            f"""
            with asserted as (select * from {log} where statement = 'asserted'),
            retracted as (select * from {log} where statement = 'retracted')
            select coalesce(to_stage, '{LEFT_THE_FUNNEL}'), count(*) from asserted
            where change_id not in (select change_id from retracted)
            group by to_stage
            union all
            select '{WITHDRAWN}', count(*) from retracted
            where change_id not in (select change_id from asserted)
            union all
            select '{CORRECTED}', count(*) from retracted
            where change_id in (select change_id from asserted)
            """
        ).fetchall()
        return {str(stage): int(count) for stage, count in rows if count}


def touched_people(warehouse: Place, schema: str) -> dict[str, int]:
    """How many people a run recomputed, by the plainest reason why, most first."""
    with open_warehouse(warehouse) as connection:
        if not connection.has_table(schema, "int_touched_leads"):
            return {}
        rows = connection.execute(
            f'select reason, count(*) from "{schema}".int_touched_leads '
            "where not is_internal and not is_gone group by reason order by 2 desc, 1"
        ).fetchall()
        return {str(reason): int(count) for reason, count in rows}
