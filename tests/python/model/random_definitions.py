"""Random definitions: several versions, odd caps, decay profiles, points and thresholds."""

from __future__ import annotations

from datetime import datetime, timedelta

from hypothesis import strategies as st

from .default_definitions import (
    CATALOGUE,
    ZONE,
    catalogue_rows,
    policy_rows,
    rows,
    version_row,
)
from .definitions import BOXES, COLUMNS, DEFAULT_PARAMETERS, Definitions, TextRow
from .drawing import Draw, SeededDraw, drawn
from .facts import SPAN_DAYS, START

SIGNALS = [
    *("demo_booked", "demo_requested", "quote_requested", "contact_sales_requested"),
    *("positive_reply", "reply", "pricing_page", "case_study_page", "comparison_page"),
    *("repeated_strategic_visits", "whitepaper_downloaded", "newsletter_signup"),
    *("webinar_registered", "webinar_attended", "email_click", "pricing_question"),
    *("proposal_requested", "product_page", "guide_read"),
]
NEGATIVE_SIGNALS = ["unsubscribe", "repeated_careers_visits", "careers_page"]
GROUPS = ["high_intent", "web", "content", "event", "email"]
STEPS = {
    "A": ["30;50 60;0", "14;50 30;0", "30;33 60;10 90;0", "60;0"],
    "B": ["30;75 60;50 90;0", "30;67 90;25", "0;90 14;45 180;0", "7;0"],
    "C": ["180;0", "1;99 2;50 30;1 60;0", "90;50"],
}
PARAMETERS = {
    "mql_score_above": ["70", "40", "20", "10", "30"],
    "mql_min_fit": ["20", "10", "0", "5"],
    "mql_exit_below": ["50", "20", "10", "5", "1", "45"],
    "sql_score_above": ["80", "40", "25", "15"],
    "checklist_min": ["5", "4", "3", "2", "6"],
    "verdict_suffices": ["false", "false", "true"],
    "deal_suffices": ["true", "true", "false"],
    "booking_grace_days": ["7", "1", "0", "14"],
    "booking_expires_days": ["30", "7", "1", "14"],
    "engagement_max": ["60", "40", "100", "15"],
    "fit_max": ["40", "30", "20", "5"],
    "warm_engagement_from": ["10", "5", "1"],
    "hot_engagement_from": ["35", "20", "12"],
    "cold_prospect_max_touches": ["4", "1", "0", "2"],
    "sla_at_risk_percent": ["80", "80", "33", "100"],
}
GRADES = [("32", "26", "16"), ("20", "10", "5"), ("10", "5", "2"), ("38", "30", "29")]
EXTRA_CRITERIA = [
    "french;contact;language;=;fr;{points};language;false",
    "marketing_title;contact;job_title;contains;marketing|chief;{points};role;false",
    "large;company;employee_count;>=;500;{points};size;false",
    "small;company;employee_count;<=;30;{points};size;false",
    "rich;company;annual_revenue;>=;1000000.5;{points};revenue;false",
    "modest;company;annual_revenue;between;10000..999999.99;{points};revenue;false",
    "webinar_source;contact;lead_source;in;webinar|referral;{points};source;false",
    "embargo;company;country;in;US|KP;0;zone;true",
    "intern_out;contact;seniority;=;intern;0;role;true",
]


def make_definitions(draw: Draw) -> Definitions:
    """Draw definitions: up to four active versions, a draft and one of the far future."""
    tables: dict[str, list[TextRow]] = {name: [] for name in COLUMNS}
    day = draw.pick([-400, 0, 30, 60])
    names = ["v1", "v0-second", "V3", "v-4"][: draw.pick([1, 2, 3, 4])]
    for name in names:
        _add_version(draw, tables, name, START + timedelta(days=day), "active")
        day = max(day, 0) + draw.pick([30, 14, 7, 1, 60])
        if draw.chance(30):
            tables["definition_versions"][-1]["effective_from"] = tables["definition_versions"][-1][
                "effective_from"
            ].replace("T00", "T06")
    draft_from = START + timedelta(days=draw.pick([0, 20, 60]))
    _add_version(draw, tables, "a-draft", draft_from, "draft")
    far = START + timedelta(days=SPAN_DAYS * 10)
    _add_version(draw, tables, "z-future", far, "active")
    tables["signal_catalogue"] = catalogue_rows(_catalogue(draw))
    return Definitions({name: draw.shuffled(table) for name, table in tables.items()})


def _catalogue(draw: Draw) -> str:
    text = CATALOGUE.strip()
    if draw.chance(30):
        text = text.replace("demo_booked;intent;false", "demo_booked;intent;true")
    if draw.chance(30):
        text = text.replace("reply;intent;false", "reply;intent;true")
    if draw.chance(40):
        text = "whitepaper_download;;Guide|checklist;guide_read;interest;false;\n" + text
    if draw.chance(30):
        text = "page_view;/pricing;GUIDE;guide_read;intent;false;strategic\n" + text
    if draw.chance(20):
        text = text.replace("email_click;engagement", "email_click;interest")
    return text


def _add_version(
    draw: Draw,
    tables: dict[str, list[TextRow]],
    name: str,
    effective_from: datetime,
    status: str,
) -> None:
    tables["definition_versions"].append(
        version_row(name, f"{effective_from.isoformat()}Z", status)
    )
    values = {key: draw.pick(choices) for key, choices in PARAMETERS.items()}
    grades = draw.pick(GRADES)
    values |= dict(zip(("icp_grade_a", "icp_grade_b", "icp_grade_c"), grades, strict=True))
    required = [box for box in BOXES if draw.chance(10)]
    values["checklist_requires"] = "|".join(required)
    parameters = [f"{key};{values[key]}" for key in DEFAULT_PARAMETERS if not draw.chance(3)]
    tables["definition_parameters"] += rows("definition_parameters", "\n".join(parameters), name)

    rules = []
    for signal in SIGNALS:
        if not draw.chance(12):
            group = draw.pick(GROUPS)
            points = draw.pick([5, 8, 15, 30, 1, 3, 35, 0, 7])
            cap = draw.pick(["", "1", "2"])
            rules.append(f"{signal};{group};{points};{cap};{draw.pick('ABC')}")
    for signal in NEGATIVE_SIGNALS:
        if not draw.chance(30):
            points = draw.pick([-15, -20, -3, -7])
            group = draw.pick(["negative", "web"])
            rules.append(f"{signal};{group};{points};;{draw.pick(['A', 'B', 'C', ''])}")
    rules.append("email_open;;0;;")
    tables["scoring_rules"] += rows("scoring_rules", "\n".join(rules), name)
    caps = [f"{group};{draw.pick(['40', '20', '8', ''])}" for group in GROUPS]
    caps += ["negative;"]
    tables["scoring_groups"] += rows("scoring_groups", "\n".join(caps), name)
    steps = []
    for profile, choices in STEPS.items():
        if not draw.chance(5):
            steps += [f"{profile};{step}" for step in draw.pick(choices).split(" ")]
    tables["decay_profiles"] += rows("decay_profiles", "\n".join(steps or ["D;1;0"]), name)
    tables["icp_criteria"] += rows("icp_criteria", "\n".join(_criteria(draw)), name)
    tables["sla_policies"] += _policies(draw, name)


def _policies(draw: Draw, name: str) -> list[TextRow]:
    found = policy_rows(name)
    for row in found:
        if row["business_minutes"] and draw.chance(40):
            row["business_minutes"] = str(draw.pick([1, 30, 61, 480, 540, 541, 2700]))
        if row["obligation"] == "marketing_volume":
            row["min_attempts"] = draw.pick(["20", "1", "3"])
        if row["obligation"] == "mql_attempts":
            row["min_attempts"], row["min_channels"] = draw.pick(
                [("1", "1"), ("2", "2"), ("3", "1")]
            )
    found.append({**found[-1], "segment": draw.pick(["50-249", "0-19", "5000+"])})
    return [row for row in found if not draw.chance(8)]


def _criteria(draw: Draw) -> list[str]:
    sectors = "software|Financial Services"
    found = [
        f"sector_1;company;industry;in;{sectors};{draw.pick([12, 8])};sector;false",
        f"sector_2;company;industry;in;retail;{draw.pick([6, 3])};sector;false",
        f"size_in;company;employee_count;between;50..1000;{draw.pick([10, 6])};size;false",
        f"size_next;company;employee_count;between;20..49;{draw.pick([5, 2])};size;false",
        f"decider;contact;seniority;=;decider;{draw.pick([10, 12])};role;false",
        f"manager;contact;seniority;=;manager;{draw.pick([6, 9])};role;false",
        f"other;contact;seniority;=;other;{draw.pick([2, 1])};role;false",
        f"intern;contact;seniority;=;intern;{draw.pick([-20, -4])};role;false",
        f"zone;company;country;in;{ZONE};4;zone;false",
        f"zone_2;contact;country;in;{ZONE};4;zone;false",
        "free;contact;is_free_mail;is_true;;-5;mailbox;false",
        "student;contact;seniority;=;student;0;role;true",
        "competitor;company;is_competitor;is_true;;0;competitor;true",
    ]
    found = [line for line in found if not draw.chance(8)]
    extra = [line for line in EXTRA_CRITERIA if draw.chance(20)]
    return found + [line.format(points=draw.pick([4, 8, -3])) for line in extra]


def random_definitions(seed: int) -> Definitions:
    """Definitions of a seed."""
    return make_definitions(SeededDraw(f"definitions {seed}"))


def definitions_strategy() -> st.SearchStrategy[Definitions]:
    """A hypothesis strategy of definitions."""
    return drawn(make_definitions)
