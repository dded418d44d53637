"""Small histories in which things collide, each with the outcome page 1 of the definition asks for.

All share one set of definitions: the default, and `v2` from day 200 on, which lowers the MQL
threshold, the points of a demo request, the cap of group `web` and the grace of a booking.
A counter-example that random histories find is kept here, shrunk, with the line it taught us.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from .definitions import Definitions, History, Row
from .histories import REFERENCE, TABLES
from .story import Story, day

Stages = list[tuple[float, str | None, str]]
"""Day, stage, path."""
Kept = list[tuple[str, str, str | None, float, float, float | None]]
"""Track, reason, content, day enrolled, day of the next try, day left."""

NEW_VERSION = 200
AS_OF = day(300)
IDS = (
    *("contact_id", "company_id", "merged_into_contact_id", "deal_id", "event_id", "activity_id"),
    *("consent_id", "anonymous_id"),
)


@dataclass(frozen=True)
class Case:
    """A history of a few people, and what becomes of one of them."""

    name: str
    story: str
    write: Callable[[Story], None]
    stages: Stages
    lead: str = "c1"
    engagement: tuple[float, int] | None = None
    """A day, and the engagement score then."""
    reach: Mapping[str, str] | None = None
    """What the consent register says of each channel at the end."""
    kept: Kept | None = None
    """In which nurturing tracks the person is at the end."""
    owed: Mapping[str, float] | None = None
    """What is still owed at the end, by the day its clock started."""
    leaks: tuple[str, ...] = ()
    """The leaks of what is owed, where `owed` is said."""
    answers: tuple[tuple[str | None, bool], ...] | None = None
    """What sales answered to each SQL, and whether its first word was `accepted`."""

    def told(self) -> Story:
        """The history, under the definitions all cases share."""
        story = Story()
        story.definitions = DEFINITIONS
        self.write(story)
        return story


def _definitions() -> Definitions:
    story = Story()
    story.second_version(NEW_VERSION)
    changed = {
        "definition_parameters": {"mql_score_above": "60", "booking_grace_days": "2"},
        "scoring_rules": {"demo_requested": "20"},
        "scoring_groups": {"web": "10"},
    }
    names = {"definition_parameters": ("parameter", "value"), "scoring_rules": ("signal", "points")}
    for table, values in changed.items():
        key, column = names.get(table, ("score_group", "cap"))
        for row in story.definitions.tables[table]:
            if row["definition_version"] == "v2" and row[key] in values:
                row[column] = values[row[key]]
    return story.definitions


DEFINITIONS = _definitions()
CASES: list[Case] = []


def case(
    story: str,
    stages: Stages,
    *,
    lead: str = "c1",
    engagement: tuple[float, int] | None = None,
    reach: Mapping[str, str] | None = None,
    kept: Kept | None = None,
    owed: Mapping[str, float] | None = None,
    leaks: tuple[str, ...] = (),
    answers: tuple[tuple[str | None, bool], ...] | None = None,
) -> Callable[[Callable[[Story], None]], Callable[[Story], None]]:
    """Keep a function that writes a history as a case of the same name."""

    def keep(write: Callable[[Story], None]) -> Callable[[Story], None]:
        name = write.__name__.replace("_", "")
        told = (stages, lead, engagement, reach, kept, owed, leaks, answers)
        CASES.append(Case(name, story, write, *told))
        return write

    return keep


def every_case() -> History:
    """All cases side by side: the ids and addresses of each are its own."""
    history: History = {table: [] for table in TABLES}
    for one in CASES:
        for table, rows in one.told().history.items():
            history[table] += [_own(one.name, row) for row in rows]
    return history


def _own(name: str, row: Row) -> Row:
    renamed = {key: f"{name}-{row[key]}" for key in IDS if row.get(key)}
    if row.get("email"):
        local, _, domain = row["email"].partition("@")
        is_free = domain in REFERENCE.free_mail
        renamed["email"] = f"{name}.{local}@{domain}" if is_free else f"{local}@{name}.{domain}"
    if row.get("domain"):
        renamed["domain"] = f"{name}.{row['domain']}"
    return {**row, **renamed}


@case(
    "A page seen at the instant of a reset counts in the new epoch, alone.",
    [(2, "lead", "interest"), (3, "nurturing", "reset")],
    engagement=(3, 8),
)
def cap_at_reset(story: Story) -> None:
    for at in (0, 1, 2, 3):
        story.page("/pricing", at)
    story.verdict("recycled", 3)


@case(
    "A decay step due at the instant of a reset has nothing left to take.",
    [(0, "lead", "interest"), (30, "nurturing", "reset")],
    engagement=(30, 0),
)
def decay_at_reset(story: Story) -> None:
    story.event("whitepaper_download", 0)
    story.verdict("recycled", 30)


@case(
    "A credit at the first instant of a version is worth what that version says.",
    [(200, "mql", "hand_raise"), (260, "lead", "interest")],
    engagement=(200, 20),
)
def credit_as_version_starts(story: Story) -> None:
    story.event("demo_request", NEW_VERSION)


@case(
    "A credit just before a version keeps its points under it; its lower threshold is met at once.",
    [(199.5, "mql", "hand_raise"), (259.5, "lead", "interest")],
    engagement=(200, 30),
)
def credit_before_version_starts(story: Story) -> None:
    story.event("demo_request", 199.5)


@case(
    "A version's cap holds from its own instant for what was earned before.",
    [],
    engagement=(200, 10),
)
def cap_falls_with_version(story: Story) -> None:
    story.page("/pricing", 198)
    story.page("/pricing", 199)


@case(
    "A new version cuts the grace of a booking short, and its threshold makes an MQL instead.",
    [(190, "prospect", "no_call"), (200, "mql", "score"), (250, "lead", "interest")],
)
def booking_lapses_by_version(story: Story) -> None:
    story.act("meeting", "booked", 190, scheduled_at=day(196))


@case(
    "One deal is lost as another opens: no reset.",
    [(1, "prospect", "deal_unvalidated")],
)
def deal_lost_as_another_opens(story: Story) -> None:
    story.deal("d1", "open", 1)
    story.deal("d1", "lost", 5)
    story.deal("d2", "open", 5)


@case(
    "Two deals lost at one instant are one reset.",
    [(1, "prospect", "deal_unvalidated"), (5, "nurturing", "reset")],
)
def two_deals_lost_together(story: Story) -> None:
    for deal in ("d1", "d2"):
        story.deal(deal, "open", 1)
        story.deal(deal, "lost", 5)


@case(
    "A hand-raise that expires on the instant of a reset.",
    [(1, "mql", "hand_raise"), (61, "nurturing", "reset")],
)
def expiry_on_reset(story: Story) -> None:
    story.event("demo_request", 1)
    story.verdict("recycled", 61)


@case(
    "A hand-raise at the instant of a reset belongs to the new epoch.",
    [(5, "mql", "hand_raise"), (65, "nurturing", "reset")],
)
def hand_raise_at_reset(story: Story) -> None:
    story.verdict("recycled", 5)
    story.event("demo_request", 5)


@case(
    "Answers in a questionnaire tick boxes; five of them make an SQL, which a denial cannot undo.",
    [(1, "sql", "checklist")],
)
def questionnaire_ticks_boxes(story: Story) -> None:
    story.answers("cccc", 1, kind="questionnaire")
    story.answers("d---", 2, kind="call")


@case(
    "Declared answers do not count where sales' own are asked for.",
    [(0, "lead", "interest")],
)
def questionnaire_is_not_sales(story: Story) -> None:
    story.event("newsletter_signup", 0)
    story.answers("c-cc", 1, kind="questionnaire")
    story.answers("c---", 2, kind="call")


@case(
    "Two contacts merged into each other are one person, named after the oldest.",
    [(1, "lead", "interest")],
)
def merge_cycle(story: Story) -> None:
    story.contact("c2", 0.5, email="two@acme.example", merged_into_contact_id="c1")
    story.contact("c1", 3, email="ann@acme.example", company_id="acme", merged_into_contact_id="c2")
    story.event("newsletter_signup", 1, contact_id="c2")


@case(
    "Before a company's first version its first version holds.",
    [(1, "mql", "hand_raise"), (61, "lead", "interest")],
    lead="c2",
)
def late_first_version_of_a_company(story: Story) -> None:
    story.contact("c2", 0, email="zoe@late.example", job_title="CEO", company_id="late")
    story.company("late", 50, domain="late.example", industry="software", employee_count=200)
    story.event("demo_request", 1, contact_id="c2")


@case(
    "Booked and cancelled at one instant, in this order of ids: nothing is booked.",
    [(3, "lead", "interest")],
)
def cancelled_as_booked(story: Story) -> None:
    story.act("meeting", "booked", 3)
    story.act("meeting", "cancelled", 3)


@case(
    "Cancelled and booked anew at one instant, in this order of ids: it is booked.",
    [(3, "prospect", "no_call"), (33, "lead", "interest")],
)
def booked_as_cancelled(story: Story) -> None:
    story.act("meeting", "cancelled", 3)
    story.act("meeting", "booked", 3)


@case(
    "An erasure is final.",
    [(1, "lead", "interest"), (5, "opted_out", "erasure")],
)
def erasure_then_opt_in(story: Story) -> None:
    story.event("newsletter_signup", 1)
    story.consent("erasure", 5)
    story.consent("opt_in", 6)


@case(
    "An objection and an opt-in at one instant go by consent id.",
    [(1, "lead", "interest")],
)
def opt_in_as_objected(story: Story) -> None:
    story.event("newsletter_signup", 1)
    story.consent("objection", 5)
    story.consent("opt_in", 5)


@case(
    "An address that changes hands finds its present owner, whenever the event was.",
    [(6, "lead", "interest")],
    lead="c2",
)
def address_changes_hands(story: Story) -> None:
    story.contact("c1", 5, email="ann@new.example", company_id="acme")
    story.event("newsletter_signup", 6, email="ann@acme.example")
    story.contact("c2", 7, email="ann@acme.example")


@case(
    "Two people identify a browser at one instant: the greater event id has the visit.",
    [(2, "lead", "interest")],
    lead="c2",
)
def shared_browser(story: Story) -> None:
    story.contact("c2", 0, email="bob@beta.example")
    story.event("email_open", 1, anonymous_id="x", contact_id="c1")
    story.event("email_open", 1, anonymous_id="x", contact_id="c2")
    story.event("newsletter_signup", 2, anonymous_id="x")


@case(
    "An intent signal at the instant of a failed checklist does not lift it, a later one does.",
    [
        (5, "nurturing", "failed_checklist"),
        (6, "mql", "hand_raise"),
        (66, "lead", "interest"),
    ],
)
def intent_as_checklist_fails(story: Story) -> None:
    story.event("demo_request", 5)
    story.answers("dddd", 5)
    story.event("demo_request", 6)


@case(
    "A deal won by somebody else leaves the first.",
    [(1, "prospect", "deal_unvalidated"), (5, None, "none")],
)
def deal_moves_as_it_is_won(story: Story) -> None:
    story.contact("c2", 0, email="bob@beta.example")
    story.deal("d1", "open", 1)
    story.deal("d1", "won", 5, contact="c2")


@case(
    "Taken on at the instant of a reset, by another record: it waits for the SQL of that epoch.",
    [
        (2, "sql", "need_authority_timing"),
        (3, "nurturing", "reset"),
        (4, "prospect", "accepted"),
    ],
)
def accepted_at_reset(story: Story) -> None:
    story.answers("c-cc", 2, kind="call")
    story.verdict("recycled", 3)
    story.verdict("accepted", 3)
    story.answers("c-cc", 4, kind="call")


@case(
    "The activity that resets counts in neither epoch, whatever else it says.",
    [(2, "nurturing", "reset")],
    engagement=(2, 0),
)
def reset_says_more(story: Story) -> None:
    story.act(
        *("meeting", "booked", 2),
        verdict="recycled",
        need="confirmed",
        authority="confirmed",
        timing="confirmed",
    )


@case(
    "A meeting held at the very instant of the SQL takes it on.",
    [(2, "prospect", "meeting")],
)
def held_as_qualified(story: Story) -> None:
    story.act("meeting", "held", 2)
    story.answers("c-cc", 2)


@case(
    "A day's cap starts anew at midnight UTC.",
    [],
    engagement=(2, 4),
)
def day_cap_at_midnight(story: Story) -> None:
    for at in (1.5, 1.75, 2):
        story.event("email_click", at)


@case(
    "Without an objection, every channel stands on the basis of the lead source.",
    [(1, "lead", "interest")],
    reach=dict.fromkeys(("all", "email", "phone", "postal"), "contactable"),
)
def nobody_objected(story: Story) -> None:
    story.contact("c1", 0.5, lead_source="Website")
    story.event("newsletter_signup", 1)


@case(
    "A bought address has to prove its basis; a hand-raise is one of its own.",
    [(1, "lead", "interest")],
    reach=dict.fromkeys(("all", "email", "phone", "postal"), "no_legal_basis"),
)
def bought_list(story: Story) -> None:
    story.contact("c1", 0.5, lead_source="purchased_list", source_agency="Leads & Co")
    story.event("newsletter_signup", 1)


@case(
    "Proof that names a channel is proof for it and for the person, not for other channels.",
    [(1, "lead", "interest")],
    reach={
        **dict.fromkeys(("all", "email"), "contactable"),
        **dict.fromkeys(("phone", "postal"), "no_legal_basis"),
    },
)
def proof_for_email(story: Story) -> None:
    story.contact("c1", 0.5, lead_source="agency")
    story.event("newsletter_signup", 1)
    story.consent("informed", 2, channel="email", legal_basis="legitimate_interest")


@case(
    "An objection to one channel closes that one, and stays when contacts are merged later.",
    [(1, "lead", "interest")],
    reach={
        **dict.fromkeys(("all", "phone", "postal"), "contactable"),
        "email": "objected",
    },
)
def objection_before_a_merge(story: Story) -> None:
    story.contact("c1", 0.5, lead_source="website")
    story.contact("c2", 0.5, email="ann@elsewhere.example")
    story.event("newsletter_signup", 1)
    story.consent("objection", 2, channel="email", contact_id="c2")
    story.contact("c2", 9, email="ann@elsewhere.example", merged_into_contact_id="c1")


@case(
    "An objection by an address the person has left counts, for a contact made anew, too.",
    [(1, "lead", "interest"), (6, "opted_out", "objection")],
    reach=dict.fromkeys(("all", "email", "phone", "postal"), "objected"),
)
def objection_by_an_old_address(story: Story) -> None:
    story.contact("c1", 0.5, lead_source="website", email="ann@acme.example")
    story.event("newsletter_signup", 1)
    story.contact("c1", 5, lead_source="website", email="ann@new.example")
    story.consent("objection", 6, contact_id=None, email="ann@acme.example")
    story.contact("c9", 8, lead_source="website", email="ann@new.example")


@case(
    "An opt-in by email lifts an objection to everything for email alone.",
    [(1, "lead", "interest"), (2, "opted_out", "objection")],
    reach={
        **dict.fromkeys(("all", "phone", "postal"), "objected"),
        "email": "contactable",
    },
)
def opt_in_by_email(story: Story) -> None:
    story.event("newsletter_signup", 1)
    story.consent("objection", 2)
    story.consent("opt_in", 3, channel="email")


@case(
    "Unsubscribing is an opt-out of email, which a later click does not lift.",
    [(1, "lead", "interest")],
    reach={
        **dict.fromkeys(("all", "phone", "postal"), "contactable"),
        "email": "opted_out",
    },
)
def unsubscribed(story: Story) -> None:
    story.contact("c1", 0.5, lead_source="website")
    story.event("newsletter_signup", 1)
    story.event("unsubscribe", 2)
    story.event("email_click", 3)


@case(
    "An opt-out of post after an erasure changes nothing, nor does an opt-in.",
    [(2, "opted_out", "erasure")],
    reach=dict.fromkeys(("all", "email", "phone", "postal"), "erased"),
)
def erased_for_good(story: Story) -> None:
    story.consent("erasure", 2, channel="email")
    story.consent("opt_out", 3, channel="postal")
    story.consent("opt_in", 4)
    story.consent("opt_in", 5, channel="phone")


@case(
    "What a rep says of an episode that nobody touched goes before that nobody touched it.",
    [(1, "mql", "hand_raise"), (3, "nurturing", "reset")],
    kept=[("reactivation", "no_budget", None, 3, 183, None)],
)
def sent_back_untouched(story: Story) -> None:
    story.contact("c1", 0.5, lead_source="website")
    story.event("demo_request", 1)
    story.verdict("recycled", 3, reason="no_budget")


@case(
    "A reason is the same however it is typed.",
    [(1, "mql", "hand_raise"), (3, "nurturing", "reset")],
    kept=[("reactivation", "no_budget", None, 3, 183, None)],
)
def sent_back_in_capitals(story: Story) -> None:
    story.contact("c1", 0.5, lead_source="website")
    story.event("demo_request", 1)
    story.act("call", "no_answer", 2, direction="outbound")
    story.verdict("recycled", 3, reason=" No_Budget ")


@case(
    "Nobody is tried again who was sent back for a reason without a delay, touched or not.",
    [(1, "mql", "hand_raise"), (3, "nurturing", "reset")],
    kept=[],
)
def sent_back_for_good(story: Story) -> None:
    story.contact("c1", 0.5, lead_source="website")
    story.event("demo_request", 1)
    story.verdict("recycled", 3, reason="Not_ICP")


@case(
    "A reason that nobody knows leaves the track's own delay.",
    [(1, "mql", "hand_raise"), (3, "nurturing", "reset")],
    kept=[("reactivation", "away until june", None, 3, 93, None)],
)
def sent_back_for_reasons_unknown(story: Story) -> None:
    story.contact("c1", 0.5, lead_source="website")
    story.event("demo_request", 1)
    story.act("call", "no_answer", 2, direction="outbound")
    story.verdict("recycled", 3, reason="Away until June")


@case(
    "So does no reason at all.",
    [(1, "mql", "hand_raise"), (3, "nurturing", "reset")],
    kept=[("reactivation", "recycled_without_reason", None, 3, 93, None)],
)
def sent_back_without_reason(story: Story) -> None:
    story.contact("c1", 0.5, lead_source="website")
    story.event("demo_request", 1)
    story.act("call", "no_answer", 2, direction="outbound")
    story.verdict("recycled", 3, reason=" ")


@case(
    "Of two verdicts at one instant the last that names a reason holds.",
    [(1, "mql", "hand_raise"), (3, "nurturing", "reset")],
    kept=[("reactivation", "no_response", None, 3, 63, None)],
)
def sent_back_twice_at_once(story: Story) -> None:
    story.contact("c1", 0.5, lead_source="website")
    story.event("demo_request", 1)
    for reason in ("bad_timing", "no_response", None):
        story.verdict("recycled", 3, reason=reason)


@case(
    "Sent back once more while in nurturing, the new reason holds from then on.",
    [(1, "mql", "hand_raise"), (3, "nurturing", "reset")],
    kept=[("reactivation", "no_budget", None, 10, 190, None)],
)
def sent_back_again(story: Story) -> None:
    story.contact("c1", 0.5, lead_source="website")
    story.event("demo_request", 1)
    story.verdict("recycled", 3, reason="bad_timing")
    story.verdict("recycled", 10, reason="no_budget")


@case(
    "A reason without a delay ends what an earlier one began.",
    [(1, "mql", "hand_raise"), (3, "nurturing", "reset")],
    kept=[("reactivation", "bad_timing", None, 3, 93, 10)],
)
def sent_back_again_for_good(story: Story) -> None:
    story.contact("c1", 0.5, lead_source="website")
    story.event("demo_request", 1)
    story.verdict("recycled", 3, reason="bad_timing")
    story.verdict("recycled", 10, reason="wrong_contact")


@case(
    "The content of an enrolment is the one that enrolled, whatever is read later.",
    [(1, "lead", "interest")],
    kept=[("after_content", "webinar_attended", "Second", 2, 4, None)],
)
def content_of_an_enrolment(story: Story) -> None:
    story.contact("c1", 0.5, lead_source="website")
    story.event("whitepaper_download", 1, content_title="First")
    story.event("webinar_attended", 2, content_title=" Second ")
    story.event("newsletter_signup", 3, content_title="Third")


@case(
    "An MQL that faded is nobody's to try any more; whoever asked to be called still waits.",
    [(200, "mql", "hand_raise"), (260, "lead", "interest")],
    owed={"hand_raise_response": 200},
    leaks=("hand_raise_unanswered",),
)
def owed_after_mql_faded(story: Story) -> None:
    story.event("demo_request", NEW_VERSION)


@case(
    "An MQL nobody has tried is owed an answer, a first contact and attempts.",
    [(250, "mql", "hand_raise")],
    owed={"hand_raise_response": 250, "mql_first_contact": 250, "mql_attempts": 250},
    leaks=("hand_raise_unanswered", "mql_untouched"),
)
def owed_to_mql(story: Story) -> None:
    story.event("demo_request", 250)


@case(
    "Sales that opened a deal has taken the MQL on: no verdict on it is owed any more.",
    [(250, "mql", "hand_raise"), (252, "prospect", "deal_unvalidated")],
    owed={},
)
def owed_after_deal(story: Story) -> None:
    story.event("demo_request", 250)
    story.act("call", "answered", 251, direction="outbound")
    story.deal("d1", "open", 252)


@case(
    "Two-way contact with an MQL: a verdict is owed, nothing else.",
    [(250, "mql", "hand_raise")],
    owed={"mql_verdict": 251},
)
def owed_after_call(story: Story) -> None:
    story.event("demo_request", 250)
    story.act("call", "answered", 251, direction="outbound")


@case(
    "A prospect without a call is hot as a lead is, and still an MQL to be called.",
    [(280, "prospect", "no_call")],
    owed={"hot_prospect_followup": 280, "mql_first_contact": 280, "mql_attempts": 280},
    leaks=("hot_prospect_forgotten", "mql_untouched"),
)
def owed_to_prospect_without_call(story: Story) -> None:
    story.act("meeting", "booked", 280, direction="inbound", scheduled_at=day(299))


@case(
    "Sent back, nobody is owed a call for having asked before.",
    [(250, "mql", "hand_raise"), (251, "nurturing", "reset")],
    owed={},
)
def owed_after_recycling(story: Story) -> None:
    story.event("demo_request", 250)
    story.verdict("recycled", 251, reason="no_budget")


@case(
    "Who asks again after being sent back is owed an answer to that, not to the first time.",
    [(250, "mql", "hand_raise"), (251, "nurturing", "reset"), (255, "mql", "hand_raise")],
    owed={"hand_raise_response": 255, "mql_first_contact": 255, "mql_attempts": 255},
    leaks=("hand_raise_unanswered", "mql_untouched"),
)
def owed_in_new_epoch(story: Story) -> None:
    story.event("demo_request", 250)
    story.verdict("recycled", 251, reason="no_budget")
    story.event("demo_request", 255)


@case(
    "An SQL nobody answered is owed an answer.",
    [(290, "sql", "need_authority_timing")],
    owed={"sql_acceptance": 290},
    leaks=("sql_unanswered",),
)
def owed_to_sql(story: Story) -> None:
    story.answers("c-cc", 290)


@case(
    "An SQL that sales met is taken on, whatever the clock says.",
    [(290, "sql", "need_authority_timing"), (291, "prospect", "meeting")],
    owed={},
)
def owed_after_meeting(story: Story) -> None:
    story.answers("c-cc", 290)
    story.act("meeting", "held", 291)


@case(
    "An SQL again after a booking that lapsed: the answer to the present handoff is owed.",
    [
        (270, "sql", "need_authority_timing"),
        (272, "prospect", "no_call"),
        (276, "sql", "need_authority_timing"),
    ],
    owed={"sql_acceptance": 276},
    leaks=("sql_unanswered",),
)
def owed_to_sql_again(story: Story) -> None:
    story.answers("c-cc", 270)
    story.act("meeting", "booked", 272, direction="inbound", scheduled_at=day(274))


@case(
    "A prospect who was hot once and cooled is not owed an immediate follow-up.",
    [(250, "prospect", "deal_unvalidated")],
    owed={},
)
def owed_after_cooling(story: Story) -> None:
    story.deal("d1", "open", 250)
    story.event("proposal_requested", 251)


@case(
    "A prospect hot for the second time is owed the follow-up of this time.",
    [(250, "prospect", "deal_unvalidated")],
    owed={"hot_prospect_followup": 285},
    leaks=("hot_prospect_forgotten",),
)
def owed_when_hot_again(story: Story) -> None:
    story.deal("d1", "open", 250)
    story.event("proposal_requested", 251)
    story.event("proposal_requested", 285)


@case(
    "Nothing is owed to a customer.",
    [(250, "mql", "hand_raise"), (260, "customer", "deal_won")],
    owed={},
)
def owed_to_customer(story: Story) -> None:
    story.event("demo_request", 250)
    story.deal("d1", "won", 260)


@case(
    "Sales says it takes the SQL on.",
    [(210, "sql", "need_authority_timing"), (211, "prospect", "accepted")],
    answers=(("accepted", True),),
)
def answered_by_word(story: Story) -> None:
    story.answers("c-cc", 210)
    story.verdict("accepted", 211)


@case(
    "Sales meets the SQL: taken on without a word.",
    [(210, "sql", "need_authority_timing"), (211, "prospect", "meeting")],
    answers=(("accepted", False),),
)
def answered_by_meeting(story: Story) -> None:
    story.answers("c-cc", 210)
    story.act("meeting", "held", 211)


@case(
    "Sales opens a deal with the SQL: taken on without a word.",
    [(210, "sql", "need_authority_timing"), (215, "prospect", "deal")],
    answers=(("accepted", False),),
)
def answered_by_deal(story: Story) -> None:
    story.answers("c-cc", 210)
    story.deal("d1", "open", 215)


@case(
    "A deal that is there only when it is won is an answer, too.",
    [(210, "sql", "need_authority_timing"), (215, "customer", "deal_won")],
    answers=(("accepted", False),),
)
def answered_by_win(story: Story) -> None:
    story.answers("c-cc", 210)
    story.deal("d1", "won", 215)


@case(
    "Taken on after the time for an answer is over: taken on all the same.",
    [(210, "sql", "need_authority_timing"), (260, "prospect", "meeting")],
    answers=(("accepted", False),),
)
def answered_late(story: Story) -> None:
    story.answers("c-cc", 210)
    story.act("meeting", "held", 260)


@case(
    "Nobody says or does anything for thirty days.",
    [(210, "sql", "need_authority_timing")],
    answers=(("expired", False),),
)
def answered_never(story: Story) -> None:
    story.answers("c-cc", 210)


@case(
    "Sent back.",
    [(210, "sql", "need_authority_timing"), (211, "nurturing", "reset")],
    answers=(("recycled", False),),
)
def answered_no(story: Story) -> None:
    story.answers("c-cc", 210)
    story.verdict("recycled", 211, reason="no_budget")


@case(
    "Met, then sent back: taken on first.",
    [
        (210, "sql", "need_authority_timing"),
        (211, "prospect", "meeting"),
        (212, "nurturing", "reset"),
    ],
    answers=(("accepted", False),),
)
def answered_then_sent_back(story: Story) -> None:
    story.answers("c-cc", 210)
    story.act("meeting", "held", 211)
    story.verdict("recycled", 212, reason="no_budget")


@case(
    "A booking is nobody's answer, and lapses: the lead is handed over twice, and twice in vain.",
    [
        (210, "sql", "need_authority_timing"),
        (212, "prospect", "no_call"),
        (216, "sql", "need_authority_timing"),
    ],
    answers=(("expired", False), ("expired", False)),
)
def answered_by_lapsed_booking(story: Story) -> None:
    story.answers("c-cc", 210)
    story.act("meeting", "booked", 212, direction="inbound", scheduled_at=day(214))


@case(
    "A booking is no answer, the meeting that comes of it is one.",
    [(210, "sql", "need_authority_timing"), (212, "prospect", "no_call")],
    answers=(("accepted", False),),
)
def answered_by_booked_meeting(story: Story) -> None:
    story.answers("c-cc", 210)
    story.act("meeting", "booked", 212, direction="inbound", scheduled_at=day(214))
    story.act("meeting", "held", 214)


@case(
    "What is done after a reset is no answer to the SQL before it.",
    [
        (210, "sql", "need_authority_timing"),
        (212, "nurturing", "reset"),
        (213, "prospect", "deal_unvalidated"),
    ],
    answers=(("expired", False),),
)
def answered_in_next_epoch(story: Story) -> None:
    story.answers("c-cc", 210)
    story.deal("d1", "lost", 212)
    story.deal("d2", "open", 213)
    story.answers("c-cc", 215)


@case(
    "An address that objected closes whoever had it by then; the stage is that of its owner now.",
    [(1, "lead", "interest")],
    reach=dict.fromkeys(("all", "email", "phone", "postal"), "objected"),
)
def old_address_imported_anew(story: Story) -> None:
    story.contact("c1", 0.5, lead_source="website", email="ann@acme.example")
    story.event("newsletter_signup", 1)
    story.consent("objection", 2, contact_id=None, email="ANN@acme.example")
    story.contact("c1", 5, lead_source="website", email="ann@new.example")
    story.contact("c2", 9, lead_source="website", email="ann@acme.example")


@case(
    "The new contact with an old address that objected has objected, too.",
    [(9, "opted_out", "objection")],
    lead="c2",
    reach=dict.fromkeys(("all", "email", "phone", "postal"), "objected"),
)
def owner_of_an_imported_address(story: Story) -> None:
    old_address_imported_anew(story)


@case(
    "Who unsubscribed by an address they had left is not written to at the new one.",
    [(1, "lead", "interest")],
    reach={
        **dict.fromkeys(("all", "phone", "postal"), "contactable"),
        "email": "opted_out",
    },
)
def unsubscribed_by_an_old_address(story: Story) -> None:
    story.contact("c1", 0.5, lead_source="website", email="ann@acme.example")
    story.event("newsletter_signup", 1)
    story.contact("c1", 5, lead_source="website", email="ann@new.example")
    story.event("unsubscribe", 6, email="ann@acme.example")
    story.contact("c2", 9, lead_source="website", email="ann@acme.example")


@case(
    "A word that names an unknown contact goes by the address, too.",
    [(1, "lead", "interest")],
    reach={
        **dict.fromkeys(("all", "email", "postal"), "contactable"),
        "phone": "opted_out",
    },
)
def unknown_contact_by_an_old_address(story: Story) -> None:
    story.contact("c1", 0.5, lead_source="website", email="ann@acme.example")
    story.event("newsletter_signup", 1)
    story.consent("opt_out", 2, channel="phone", contact_id="nobody", email="ann@acme.example")
    story.contact("c1", 5, lead_source="website", email="ann@new.example")
    story.contact("c2", 9, lead_source="website", email="ann@acme.example")


@case(
    "A later opt-in of the person lifts what an old address said; one by that address does not.",
    [(1, "lead", "interest")],
    reach={
        **dict.fromkeys(("all", "phone", "postal"), "objected"),
        "email": "contactable",
    },
)
def opt_in_after_an_old_address(story: Story) -> None:
    old_address_imported_anew(story)
    story.consent("opt_in", 10, contact_id=None, email="ann@acme.example")
    story.consent("opt_in", 11, channel="email")


@case(
    "An erasure by an address is an objection for who had it before, and may be lifted.",
    [(1, "lead", "interest")],
    reach={
        **dict.fromkeys(("all", "phone", "postal"), "objected"),
        "email": "contactable",
    },
)
def erasure_by_an_old_address(story: Story) -> None:
    story.contact("c1", 0.5, lead_source="website", email="ann@acme.example")
    story.event("newsletter_signup", 1)
    story.contact("c1", 5, lead_source="website", email="ann@new.example")
    story.consent("erasure", 6, channel="phone", contact_id=None, email="ann@acme.example")
    story.contact("c2", 9, lead_source="website", email="ann@acme.example")
    story.consent("opt_in", 10, channel="email")


@case(
    "An address somebody got only after it objected closes nobody but its owner.",
    [(1, "lead", "interest")],
    reach=dict.fromkeys(("all", "email", "phone", "postal"), "contactable"),
)
def address_had_too_late(story: Story) -> None:
    story.contact("c1", 0.5, lead_source="website", email="ann@acme.example")
    story.event("newsletter_signup", 1)
    story.contact("c2", 0.5, lead_source="website", email="post@acme.example")
    story.consent("objection", 2, contact_id=None, email="post@acme.example")
    story.contact("c1", 5, lead_source="website", email="post@acme.example")
    story.contact("c1", 6, lead_source="website", email="ann@acme.example")


@case(
    "What a contact said by its id stays with it when its old address is imported anew.",
    [],
    lead="c2",
    reach=dict.fromkeys(("all", "email", "phone", "postal"), "contactable"),
)
def word_by_id_and_address(story: Story) -> None:
    story.contact("c1", 0.5, lead_source="website", email="ann@acme.example")
    story.consent("objection", 2, email="ann@acme.example")
    story.contact("c1", 5, lead_source="website", email="ann@new.example")
    story.contact("c2", 9, lead_source="website", email="ann@acme.example")


@case(
    "A mailbox that does not exist closes email.",
    [(1, "lead", "interest")],
    reach={
        **dict.fromkeys(("all", "phone", "postal"), "contactable"),
        "email": "bounced",
    },
)
def bounced(story: Story) -> None:
    story.contact("c1", 0.5, lead_source="website", email="ann@acme.example")
    story.event("newsletter_signup", 1)
    story.event("hard_bounce", 2)
    story.event("page_view", 3)


@case(
    "Another address opens email again after a bounce.",
    [(1, "lead", "interest")],
    reach=dict.fromkeys(("all", "email", "phone", "postal"), "contactable"),
)
def bounced_then_another_address(story: Story) -> None:
    bounced(story)
    story.contact("c1", 5, lead_source="website", email="ann@new.example")


@case(
    "A bounce of an address the person has left closes nothing.",
    [(1, "lead", "interest")],
    reach=dict.fromkeys(("all", "email", "phone", "postal"), "contactable"),
)
def bounce_of_an_old_address(story: Story) -> None:
    story.contact("c1", 0.5, lead_source="website", email="ann@acme.example")
    story.event("newsletter_signup", 1)
    story.contact("c1", 5, lead_source="website", email="ann@new.example")
    story.event("hard_bounce", 6, email="ann@acme.example")


@case(
    "An opt-out is said before a bounce.",
    [(1, "lead", "interest")],
    reach={
        **dict.fromkeys(("all", "phone", "postal"), "contactable"),
        "email": "opted_out",
    },
)
def bounced_and_unsubscribed(story: Story) -> None:
    bounced(story)
    story.event("unsubscribe", 4)
