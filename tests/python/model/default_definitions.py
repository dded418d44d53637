"""The first definition version of the page, written down once more, independently of the seeds."""

from __future__ import annotations

from .definitions import COLUMNS, DEFAULT_PARAMETERS, Definitions, TextRow

ZONE = "FR|BE|CH|LU|MC|DE|NL|ES|IT"

CATALOGUE = """
newsletter_signup;;;newsletter_signup;interest;false;
whitepaper_download;;;whitepaper_downloaded;interest;false;
webinar_registered;;;webinar_registered;interest;false;
webinar_attended;;;webinar_attended;interest;false;
demo_request;;;demo_requested;intent;true;
quote_request;;;quote_requested;intent;true;
contact_sales;;;contact_sales_requested;intent;true;
page_view;/pricing|/tarifs;;pricing_page;engagement;false;strategic
page_view;/case-studies|/cas-clients;;case_study_page;engagement;false;strategic
page_view;/compare;;comparison_page;engagement;false;strategic
page_view;/product|/produit;;product_page;engagement;false;strategic
page_view;/demo;;demo_page;engagement;false;strategic
page_view;/careers|/carrieres;;careers_page;negative;false;careers
email_click;;;email_click;engagement;false;
email_open;;;email_open;engagement;false;
email_reply;;;reply;engagement;false;
email_reply_positive;;;positive_reply;intent;false;
proposal_requested;;;proposal_requested;intent;false;
pricing_question;;;pricing_question;interest;false;
unsubscribe;;;unsubscribe;negative;false;
meeting_booked;;;demo_booked;intent;false;
email_replied;;;reply;engagement;false;
linkedin_replied;;;reply;engagement;false;
"""

RULES = """
demo_booked;high_intent;35;;A
demo_requested;high_intent;30;;A
quote_requested;high_intent;30;;A
contact_sales_requested;high_intent;30;;A
positive_reply;high_intent;15;;A
reply;email;5;;B
pricing_page;web;8;1;B
case_study_page;web;5;1;B
comparison_page;web;5;1;B
repeated_strategic_visits;web;5;;B
whitepaper_downloaded;content;8;;B
newsletter_signup;content;4;;B
webinar_registered;event;3;;B
webinar_attended;event;10;;B
email_click;email;2;1;B
email_open;;0;;
unsubscribe;negative;-20;;gone_after_180_days
repeated_careers_visits;negative;-15;;gone_after_180_days
"""

GROUPS = "high_intent;40 web;20 content;20 event;20 email;8 negative;"

PROFILES = "A;30;50 A;60;0 B;30;75 B;60;50 B;90;0 gone_after_180_days;180;0"

CRITERIA = f"""
primary_sector;company;industry;in;software|financial services|manufacturing;12;sector;false
secondary_sector;company;industry;in;retail|logistics|healthcare;6;sector;false
right_size;company;employee_count;between;50..1000;10;size;false
smaller_size;company;employee_count;between;20..49;5;size;false
larger_size;company;employee_count;between;1001..5000;5;size;false
decider;contact;seniority;=;decider;10;role;false
manager;contact;seniority;=;manager;6;role;false
other_role;contact;seniority;=;other;2;role;false
intern;contact;seniority;=;intern;-20;role;false
company_in_zone;company;country;in;{ZONE};4;zone;false
contact_in_zone;contact;country;in;{ZONE};4;zone;false
free_mail;contact;is_free_mail;is_true;;-5;mailbox;false
student;contact;seniority;=;student;0;role;true
competitor;company;is_competitor;is_true;;0;competitor;true
"""


def rows(table: str, text: str, version: str | None = None) -> list[TextRow]:
    """Rows of a definition file from lines of `;`-separated values without the version."""
    names = COLUMNS[table] if version is None else COLUMNS[table][1:]
    found = []
    for line in text.strip().split("\n"):
        row = dict(zip(names, line.split(";"), strict=True))
        found.append(row if version is None else {"definition_version": version, **row})
    return found


def catalogue_rows(text: str = CATALOGUE) -> list[TextRow]:
    """The signal catalogue; the priority is the line's number."""
    numbered = [f"{10 * n};{line}" for n, line in enumerate(text.strip().split("\n"), 1)]
    return rows("signal_catalogue", "\n".join(numbered))


def version_row(name: str, effective_from: str, status: str = "active") -> TextRow:
    """A signed version."""
    return dict(
        zip(
            COLUMNS["definition_versions"],
            (name, effective_from, status, "marketing", "sales", "2025-12-15", "agreed"),
            strict=True,
        )
    )


POLICIES = """\
hand_raise_response;*;60;1;1;SDR;sdr_manager
mql_first_contact;*;540;1;1;SDR;sdr_manager
mql_first_contact;0-19;1080;1;1;SDR;sdr_manager
mql_attempts;*;5400;5;2;SDR;sdr_manager
mql_verdict;*;1080;;;SDR;sdr_manager
sql_acceptance;*;540;;;AE;sales_director
hot_prospect_followup;*;60;1;1;AE;sales_director
marketing_volume;*;;20;;marketing;cmo"""


def policy_rows(name: str) -> list[TextRow]:
    """The service-level policies of the page."""
    return rows("sla_policies", POLICIES, name)


def default_definitions(
    name: str = "2026-01", effective_from: str = "2026-01-01T00:00:00Z"
) -> Definitions:
    """The definitions of the page."""
    parameters = "\n".join(f"{key};{value}" for key, value in DEFAULT_PARAMETERS.items())
    return Definitions(
        {
            "definition_versions": [version_row(name, effective_from)],
            "definition_parameters": rows("definition_parameters", parameters, name),
            "scoring_rules": rows("scoring_rules", RULES, name),
            "scoring_groups": rows("scoring_groups", GROUPS.replace(" ", "\n"), name),
            "decay_profiles": rows("decay_profiles", PROFILES.replace(" ", "\n"), name),
            "icp_criteria": rows("icp_criteria", CRITERIA, name),
            "sla_policies": policy_rows(name),
            "signal_catalogue": catalogue_rows(),
        }
    )
