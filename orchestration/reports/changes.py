"""What a run is about to change for the readers of the marts."""

from __future__ import annotations

from pathlib import Path

from orchestration.run_log import has_table, open_warehouse

WITHDRAWN = "withdrawn"
LEFT_THE_FUNNEL = "no stage"


def changes_since_published(warehouse: Path, schema: str) -> dict[str, int]:
    """Stage changes in the marts just built that those in use do not have, by stage entered.

    `withdrawn` counts the reverse: changes in use that the history as known now no longer has.
    """
    with open_warehouse(warehouse) as connection:
        if not has_table(connection, schema, "lead_stage_changes"):
            return {}
        new = f'"{schema}".lead_stage_changes'
        if not has_table(connection, "marts", "lead_stage_changes"):
            rows = connection.execute(
                f"select coalesce(to_stage, '{LEFT_THE_FUNNEL}'), count(*) from {new} group by all"
            ).fetchall()
            return {str(stage): int(count) for stage, count in rows}
        rows = connection.execute(
            f"""
            select coalesce(built.to_stage, '{LEFT_THE_FUNNEL}'), count(*)
            from {new} as built anti join marts.lead_stage_changes as used using (change_id)
            group by all
            union all
            select '{WITHDRAWN}', count(*)
            from marts.lead_stage_changes as used anti join {new} as built using (change_id)
            """
        ).fetchall()
        return {str(stage): int(count) for stage, count in rows if count}
