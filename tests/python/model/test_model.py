"""The model against examples that can be checked by hand."""

from __future__ import annotations

from datetime import timedelta

import pytest

from .definitions import points_left
from .story import DAY_0, Story, day


def demo_story() -> Story:
    """A white paper and a booked demo: score 75."""
    story = Story()
    story.event("whitepaper_download", 1)
    story.act("meeting", "booked", 2, scheduled_at=day(10))
    return story


def test_worked_example() -> None:
    story = demo_story()
    state = story.at(2)
    assert (state.fit_score, state.engagement_score, state.score) == (32, 43, 75)
    assert (state.stage, state.path, state.is_call_recommended) == ("prospect", "no_call", True)
    assert (state.temperature, state.icp_grade) == ("hot", "A")
    episodes = story.timeline().episodes
    assert [(one.entered_at, one.path) for one in episodes] == [(day(2), "score")]
    # Day 61: 32 + 4 + 18 (35 at 50 %, rounded away from zero) = 54; day 62: 32 + 4.
    assert episodes[0].left_at == day(62)
    change = story.timeline().changes[1]
    assert (change.score_before, change.score_after, change.from_stage) == (40, 75, "lead")


def test_booking_lapses_after_grace_and_without_a_schedule() -> None:
    assert demo_story().stages() == [
        (1, "lead", "interest"),
        (2, "prospect", "no_call"),
        (17, "mql", "score"),
        (62, "lead", "interest"),
    ]
    story = Story()
    story.act("meeting", "booked", 2)
    assert story.stages() == [(2, "prospect", "no_call"), (32, "lead", "interest")]


def test_cancelled_demo_keeps_the_episode() -> None:
    story = demo_story()
    story.act("meeting", "cancelled", 3)
    story.act("meeting", "booked", 4, scheduled_at=day(9))
    story.act("meeting", "held", 9)
    assert [stage for _, stage, _ in story.stages()] == ["lead", "prospect", "mql", "prospect"]
    assert len(story.timeline().episodes) == 1
    story.act("call", "answered", 11)
    assert story.at(10.5).is_call_recommended
    assert not story.at(11).is_call_recommended
    # A lead's temperature until the call, a prospect's from then on.
    assert (story.at(10.5).temperature, story.at(11).temperature) == ("hot", "warm")


@pytest.mark.parametrize(
    ("points", "percent", "left"),
    [(35, 50, 18), (5, 50, 3), (-15, 50, -8), (5, 75, 4), (8, 0, 0), (5, 90, 5), (-20, 33, -7)],
)
def test_rounding_is_half_away_from_zero(points: int, percent: int, left: int) -> None:
    assert points_left(points, percent) == left


def test_decay_steps_have_exact_instants() -> None:
    story = Story()
    story.event("demo_request", 1)
    second = 1 / 86400
    scores = [story.at(at).engagement_score for at in (1, 31 - second, 31, 61 - second, 61)]
    assert scores == [30, 30, 15, 15, 0]


def test_day_cap_counts_the_first_by_event_id() -> None:
    story = Story()
    for at in (1, 1.25, 1.5, 1.75, 2):
        story.page("/pricing", at)
    # 8 once a day; 5 for repeated visits since the third; on day 2 the web group's cap.
    expected = {1: 8, 1.25: 8, 1.5: 13, 1.75: 13, 2: 20}
    assert {at: story.at(at).engagement_score for at in expected} == expected
    assert [one.is_over_day_cap for one in story.timeline().person.signals] == [
        *(False, True, True, False, True, False)
    ]


def test_group_caps_and_floor() -> None:
    story = Story()
    for at in (1.0, 1.1, 1.2):
        story.event("whitepaper_download", at)
    assert story.at(1.2).engagement_score == 20
    for at in (2.0, 2.1):
        story.event("unsubscribe", at)
    assert story.at(2.1).engagement_score == 0
    assert story.at(182).engagement_score == 0


def test_repeated_visits_within_seven_days_once_a_week() -> None:
    story = Story()
    for at in (0.0, 3.0, 7.0):
        story.page("/product", at)
    names = [one.name for one in story.timeline().person.signals]
    assert names.count("repeated_strategic_visits") == 1
    assert story.stages() == [(7, "lead", "interest")]
    story.page("/product", 8)
    assert len(story.timeline().person.signals) == 5
    story.page("/product", 14)
    assert story.timeline().person.signals[-1].name == "repeated_strategic_visits"
    late = Story()
    for at in (0.0, 3.0, 7.00002):
        late.page("/product", at)
    assert late.stages() == []


def test_latch_does_not_flap() -> None:
    story = Story("CEO")  # fit 36
    story.event("whitepaper_download", 1)
    story.event("contact_sales", 2)  # 74: on by score and by hand-raise
    timeline = story.timeline()
    assert [(one.path, one.left_at) for one in timeline.episodes] == [("score", day(62))]
    # Below 70 but not below 50 from day 32 on; the exit is the hand-raise's end.
    assert timeline.state_at(day(40)).score == 57  # type: ignore[union-attr]


def test_hand_raise_with_unknown_and_with_poor_fit() -> None:
    unknown = Story(None, industry=None, employee_count=None)
    unknown.event("demo_request", 1)
    assert unknown.at(1).icp_grade == "U"
    assert unknown.at(1).boxes[0] is None
    assert unknown.stages() == [(1, "mql", "hand_raise"), (61, "lead", "interest")]
    poor = Story("Accountant", industry="mining", employee_count=5)
    poor.event("demo_request", 1)
    assert poor.stages() == [(1, "lead", "interest")]


def test_customer_and_deals_that_move() -> None:
    story = Story()
    story.contact("c2", 0, email="bob@beta.example")
    story.deal("d", "open", 1)
    story.deal("d", "won", 2)
    story.deal("d", "won", 5, contact="c2")
    assert story.stages() == [
        (1, "prospect", "deal_unvalidated"),
        (2, "customer", "deal_won"),
        (5, None, "none"),
    ]
    assert story.stages("c2") == [(5, "customer", "deal_won")]
    story.history["deal_contacts"] += [
        {"deal_id": "d", "contact_id": "c1", "is_removed": False, "updated_at": day(6)},
        {"deal_id": "d", "contact_id": "c1", "is_removed": True, "updated_at": day(7)},
    ]
    assert story.stages()[3:] == [(6, "customer", "deal_won"), (7, None, "none")]


def test_opted_out() -> None:
    story = Story()
    story.event("newsletter_signup", 1)
    story.consent("objection", 2)
    story.consent("opt_out", 3, channel="email")
    story.consent("opt_in", 4)
    story.consent("opt_out", 5, channel=None)
    story.consent("opt_in", 6, channel="email")
    story.consent("erasure", 7, channel="email")
    story.consent("opt_in", 8)
    assert story.stages() == [
        (1, "lead", "interest"),
        (2, "opted_out", "objection"),
        (4, "lead", "interest"),
        (5, "opted_out", "opt_out"),
    ]
    assert story.at(8).path == "erasure"


def test_disqualified_by_verdict_and_by_exclusion() -> None:
    story = Story()
    story.event("newsletter_signup", 1)
    story.verdict("disqualified", 2)
    story.verdict("reopened", 3)
    story.contact("c1", 4, job_title="Student", company_id="acme", email="ann@acme.example")
    assert story.stages()[1:] == [
        (2, "disqualified", "verdict"),
        (3, "lead", "interest"),
        (4, "disqualified", "exclusion"),
    ]
    assert story.at(4).icp_grade == "X"


def test_prospect_accepted_and_by_meeting_after_the_sql() -> None:
    story = Story()
    story.act("meeting", "held", 1)
    story.act("meeting", "cancelled", 2)
    story.answers("c-cc", 3)
    assert story.stages() == [
        (1, "prospect", "no_call"),
        (2, None, "none"),
        (3, "sql", "need_authority_timing"),
    ]
    story.act("meeting", "held", 4)
    assert story.stages()[3:] == [(4, "prospect", "meeting")]
    story.verdict("accepted", 5)
    assert story.at(5).path == "accepted"


def test_deal_without_sql() -> None:
    story = Story()
    story.deal("d", "open", 1)
    assert story.stages() == [(1, "prospect", "deal_unvalidated")]
    story.parameter("deal_suffices", "false")
    assert story.stages() == []
    story.answers("c-cc", 2)
    assert story.at(2).path == "deal"


def test_sql_by_score_and_need() -> None:
    story = Story("CEO")  # fit 36
    story.event("demo_request", 1)
    story.event("webinar_attended", 1)
    story.event("whitepaper_download", 1)  # 48 + 36 = 84
    story.answers("c---", 2, kind="questionnaire")
    assert story.at(2).boxes[1] is True
    assert story.at(2).stage == "mql"
    story.act("call", "answered", 3, need="confirmed")
    story.act("meeting", "pricing_discussed", 4, need="denied")
    assert story.stages()[1:] == [(3, "sql", "score_and_need")]  # latched for the epoch
    assert story.at(4).boxes[1] is False


def test_sql_by_checklist_and_required_boxes() -> None:
    story = Story()
    story.event("quote_request", 1)
    story.answers("-ccc", 2, kind="questionnaire")
    assert story.at(2).boxes == (True, None, True, True, True, True)
    assert story.stages()[1:] == [(2, "sql", "checklist")]
    story.parameter("checklist_requires", "need|budget")
    assert story.stages()[1:] == [(61, "lead", "interest")]
    story.answers("c---", 3, kind="questionnaire")
    assert story.stages()[1:] == [(3, "sql", "checklist")]


def test_verdict_alone_is_no_sql() -> None:
    story = Story()
    story.verdict("qualified", 1)
    assert story.stages() == []
    story.parameter("verdict_suffices", "true")
    assert story.stages() == [(1, "sql", "verdict")]


def test_failed_checklist_until_a_new_intent_signal() -> None:
    story = Story()
    story.event("demo_request", 1)
    story.answers("cddd", 2)
    story.event("email_reply_positive", 2)
    story.event("quote_request", 3)
    assert story.stages() == [
        (1, "mql", "hand_raise"),
        (2, "nurturing", "failed_checklist"),
        (3, "mql", "hand_raise"),
        (63, "lead", "interest"),
    ]
    assert len(story.timeline().episodes) == 1


def test_recycling_resets_and_ties_belong_to_the_new_epoch() -> None:
    story = Story()
    story.event("demo_request", 1)
    story.act("call", "answered", 2, need="confirmed", authority="confirmed")
    story.verdict("recycled", 2, timing="confirmed")
    state = story.at(2)
    assert (state.epoch, state.stage, state.path) == (1, "nurturing", "reset")
    assert state.engagement_score == 0
    # The call at the same instant counts, the recycling activity's own answer does not.
    assert state.boxes[1:5] == (True, None, True, None)
    assert state.boxes[5] is True  # whatever the epoch
    story.answers("---c", 3)
    assert story.stages()[2:] == [(3, "sql", "need_authority_timing")]


def test_resets_at_one_instant_count_once_and_before_identification() -> None:
    story = Story()
    story.verdict("recycled", -2)
    story.verdict("recycled", 1)
    story.deal("d", "lost", 1)
    story.deal("d", "lost", 2)
    assert [one.epoch for one in story.timeline().states[:2]] == [1, 2]
    assert story.timeline().last.epoch == 2
    assert story.stages() == [(0, "nurturing", "reset")]


def test_lost_deal_with_another_open_one_is_no_reset() -> None:
    story = Story()
    story.deal("d", "open", 1)
    story.deal("e", "open", 1)
    story.deal("d", "lost", 2)
    assert story.at(2).epoch == 0
    story.deal("e", "lost", 2)
    assert story.at(2).epoch == 1
    assert story.stages() == [(1, "prospect", "deal_unvalidated"), (2, "nurturing", "reset")]


def test_box_six_by_two_names_in_thirty_days() -> None:
    story = Story()
    story.event("newsletter_signup", 1)
    story.event("newsletter_signup", 5)
    assert story.at(5).boxes[5] is False
    story.event("webinar_registered", 20)
    assert [story.at(at).boxes[5] for at in (20, 34.99999, 35)] == [True, True, False]


def test_temperature_of_a_prospect() -> None:
    story = Story()
    story.deal("d", "open", 0)
    story.event("proposal_requested", 1)
    story.act("meeting", "held", 40)
    story.event("pricing_question", 50)
    expected = {0: "cold", 1: "hot", 31: "cold", 40: "warm", 50: "hot", 70: "cold"}
    assert {at: story.at(at).temperature for at in expected} == expected


def test_temperature_of_a_lead_after_a_hand_raise() -> None:
    story = Story()
    story.event("demo_request", 1)
    expected = {1: "hot", 14.99999: "hot", 15: "warm", 31: "warm", 61: "cold"}
    assert {at: story.at(at).temperature for at in expected} == expected


def test_a_new_version_moves_leads() -> None:
    story = demo_story()
    story.act("meeting", "cancelled", 3)
    story.second_version(20)
    story.parameter("mql_exit_below", "80", "v2")
    story.parameter("mql_score_above", "90", "v2")
    change = story.timeline().changes[-1]
    assert (change.changed_at, change.to_stage) == (day(20), "lead")
    assert (change.definition_version, change.score_before) == ("v2", 75)


def test_nothing_before_identification_and_nothing_after_as_of() -> None:
    story = demo_story()
    story.event("webinar_attended", -10)
    timeline = story.timeline(until=1.5)
    assert [(one.changed_at, one.to_stage) for one in timeline.changes] == [(day(-10), "lead")]
    assert timeline.identified_at == DAY_0 - timedelta(days=10)
    assert timeline.state_at(DAY_0 - timedelta(days=11)) is None


def test_fit_follows_the_attributes_in_force() -> None:
    story = Story("Intern")
    story.contact("c1", 10, job_title="CEO", company_id=None, email="ann@acme.example")
    story.company("acme", 20, domain="acme.example", industry="retail", employee_count=None)
    scores = {at: story.at(at).fit_score for at in (0, 10, 20)}
    assert scores == {0: 6, 10: 36, 20: 30}  # an emptied field keeps its last value
