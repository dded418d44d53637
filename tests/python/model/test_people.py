"""Who is the same person, and whose is an event."""

from __future__ import annotations

import pytest

from .identity import normal_email
from .story import DAY_0, Story, day


@pytest.mark.parametrize(
    ("text", "email"),
    [
        (" Ann@Acme.Example ", "ann@acme.example"),
        ("ann", None),
        ("ann@acme", None),
        ("@acme.example", None),
        ("ann@.example", None),
        ("ann@example.", None),
        ("", None),
        (None, None),
    ],
)
def test_addresses(text: str | None, email: str | None) -> None:
    assert normal_email(text) == email


def test_same_current_email_is_one_person() -> None:
    story = Story()
    story.contact("b0", 0, email="x@y.example")
    story.contact("b0", 3, email=" ANN@acme.example")
    story.contact("b0", 4, email=None)
    assert set(story.timelines()) == {"b0"}  # created together: the smallest id
    assert story.timelines()["b0"].person.contact_ids == {"b0", "c1"}


def test_merge_chain_and_cycle() -> None:
    story = Story()
    story.contact("a1", 1, email="a@one.example", merged_into_contact_id="a2")
    story.contact("a2", 1, email="a@two.example", merged_into_contact_id="c1")
    assert set(story.timelines()) == {"c1"}
    story.contact("c1", 9, email="ann@acme.example", merged_into_contact_id="a1")
    assert set(story.timelines()) == {"c1"}  # nothing but a cycle: the oldest
    story.contact("z", -1, email="z@z.example", merged_into_contact_id="a1")
    assert set(story.timelines()) == {"z"}


def test_survivor_is_merged_into_no_other() -> None:
    story = Story()
    story.contact("c0", 5, email="new@acme.example")
    story.contact("c1", 6, email="ann@acme.example", merged_into_contact_id="c0")
    assert set(story.timelines()) == {"c0"}
    assert story.timelines()["c0"].identified_at == DAY_0


def owners(story: Story) -> dict[str, str]:
    """event id -> lead."""
    return {
        event["event_id"]: lead
        for lead, timeline in story.timelines().items()
        for event in timeline.person.events
    }


def test_stitching_before_after_and_between() -> None:
    story = Story()
    story.contact("c2", 0, email="bob@beta.example")
    story.page("/pricing", 1, anonymous_id="x")  # before: the first identification after it
    story.page("/pricing", 2, anonymous_id="x", email="ANN@acme.example")
    story.page("/pricing", 3, anonymous_id="x")
    story.page("/pricing", 4, anonymous_id="x", contact_id="c2")
    story.page("/pricing", 4, anonymous_id="x")  # at or before it
    story.page("/pricing", 5, anonymous_id="y")  # nobody
    assert owners(story) == {"e000": "c1", "e001": "c1", "e002": "c1", "e003": "c2", "e004": "c2"}


def test_ties_of_identifications_go_by_event_id() -> None:
    story = Story()
    story.contact("c2", 0, email="bob@beta.example")
    story.page("/pricing", 1, anonymous_id="x", contact_id="c2", event_id="e9")
    story.page("/pricing", 1, anonymous_id="x", contact_id="c1", event_id="E9")
    story.page("/pricing", 1, anonymous_id="x", event_id="A")
    assert owners(story)["A"] == "c2"


def test_names_nobody_knows_are_not_stitched() -> None:
    story = Story()
    story.page("/pricing", 1, anonymous_id="x", contact_id="c1")
    story.page("/pricing", 2, anonymous_id="x", email="who@acme.example")
    story.page("/pricing", 3, anonymous_id="x", contact_id="unknown")
    story.page("/pricing", 4, anonymous_id="x", email="no address")
    story.page("/pricing", 5, contact_id="unknown", email="ann@acme.example")
    assert set(owners(story)) == {"e000", "e004"}


def test_an_earlier_email_still_finds_its_contact() -> None:
    story = Story()
    story.contact("c1", 5, email="ann@new.example", company_id="acme")
    story.page("/pricing", 6, email="ann@acme.example")
    assert owners(story) == {"e000": "c1"}
    story.contact("c2", 7, email="ann@acme.example")
    assert owners(story) == {"e000": "c2"}


def test_identified_by_the_first_event_that_names_the_person() -> None:
    story = Story()
    story.event("newsletter_signup", -9, anonymous_id="x")
    story.event("newsletter_signup", -5, anonymous_id="x", email="ann@acme.example")
    assert story.timeline().identified_at == day(-5)
    assert story.stages() == [(-5, "lead", "interest")]


def test_first_landing_of_an_event_wins() -> None:
    story = Story()
    story.event("newsletter_signup", 1, event_id="e")
    story.event("demo_request", 0, event_id="e")
    assert story.stages() == [(1, "lead", "interest")]


def test_attributes_of_several_contacts() -> None:
    story = Story("CEO")
    story.contact("c2", 5, email="ann@acme.example", job_title="Intern")
    story.contact("c1", 5, job_title="Marketing Manager", email="ann@acme.example")
    story.contact("c1", 9, job_title="Accountant", email="ann@acme.example")
    # c2's first version always held; at day 5 both changed: the greater contact id.
    assert [story.at(at).fit_score for at in (0, 5, 9)] == [6, 6, 28]


def test_last_landing_of_equal_versions_holds() -> None:
    story = Story("CEO")
    story.contact("c1", 0, job_title=None, company_id="acme", email="ann@acme.example")
    assert story.at(0).fit_score == 26


def test_company_of_a_business_email() -> None:
    story = Story()
    story.contact("c2", 0, email="bob@acme.example")
    story.contact("c3", 0, email="info@acme.example")
    story.contact("c4", 0, email="ann@gmail.com")
    scores = {lead: story.at(0, lead).fit_score for lead in ("c2", "c3", "c4")}
    assert scores == {"c2": 26, "c3": 0, "c4": 0}


def test_contacts_created_after_as_of_do_not_exist() -> None:
    story = Story()
    story.contact("c2", 20, created=5, email="late@acme.example")
    assert set(story.timelines(until=4)) == {"c1"}
    assert set(story.timelines(until=6)) == {"c1", "c2"}
