"""The columns that BI tools, the CRM and outside checks count on are in the marts' contracts.

The tables are written down here, not read from anywhere: a name that goes is a breaking change.
"""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from orchestration.workspace import PROJECT

BOXES = "box_icp_fit box_need box_budget box_authority box_timing box_engagement"
INTERFACE = {
    "leads": f"""
        lead_id email company_id became_lead_at stage stage_since temperature score
        engagement_score fit_score icp_grade is_icp_validated {BOXES} boxes_ticked lead_source
        lever source_agency owner_id epoch is_contactable is_call_recommended last_signal_at
        last_content_title next_action first_mql_at first_sql_at first_prospect_at
        became_customer_at definition_version
    """,
    "mqls": """
        lead_id mql_number path entered_at left_at left_to score_at_entry icp_grade_at_entry
        definition_version rep_id first_touch_at verdict verdict_at verdict_reason
    """,
    "sqls": f"""
        lead_id sql_number entered_at left_at left_to score_at_entry rule {BOXES} rep_id
        accepted_at
    """,
    "prospects": """
        lead_id prospect_number entered_at left_at left_to path temperature is_call_recommended
        owner_id deal_id amount
    """,
    "lead_stage_changes": """
        change_id lead_id change_number changed_at from_stage to_stage path cause cause_fact_id
        score_before score_after boxes_before boxes_after epoch definition_version explanation_en
        explanation_fr
    """,
    "lead_stage_intervals": "lead_id stage valid_from valid_to",
    "lead_score_ledger": """
        entry_id lead_id entry_at entry_type signal score_group points points_counted epoch
        source_fact_id cap_reason definition_version score_after
    """,
    "sla_clocks": """
        clock_id lead_id obligation segment started_at due_at stopped_at status
        business_minutes_used business_minutes_late attempts owed_by owner_id is_owed
    """,
    "consent_register": """
        lead_id channel status legal_basis informed_at objected_at lifted_at source proof_id
        objection_id objection_kind is_by_former_address
    """,
    "nurturing_enrolments": "lead_id track enrolled_at reason left_at template_id",
    "audit_findings": "finding severity lead_id found_at evidence",
    "weekly_handoff": """
        week_start lead_id owner_id stage score icp_grade last_contents engagement_history
        sla_due_at priority_rank
    """,
    "leaks": "leak cases deal_value",
    "crm_lead_status": """
        crm_contact_id lead_id stage stage_since temperature score icp_grade boxes_ticked sla_due_at
        is_call_recommended do_not_contact definition_version last_change_explanation_en
        last_change_explanation_fr next_action engagement_history last_contents score_signals
    """,
}


def contracts() -> dict[str, dict[str, Any]]:
    """The marts' models as their YAML declares them, by name."""
    return {
        model["name"]: model
        for path in (PROJECT / "models" / "marts").rglob("*.yml")
        for model in yaml.safe_load(path.read_text(encoding="utf-8")).get("models", [])
    }


@pytest.mark.parametrize("mart", INTERFACE)
def test_columns_that_must_be_there(mart: str) -> None:
    model = contracts()[mart]
    assert model["config"]["contract"] == {"enforced": True}
    declared = {column["name"] for column in model["columns"]}
    assert {*INTERFACE[mart].split()} - declared == set()
