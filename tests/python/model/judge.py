"""The rules of the page, at one instant for one person."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from datetime import datetime

from .attributes import Fit
from .definitions import BOXES, Version
from .person import (
    HAND_RAISE_SPAN,
    MEETING_FACTS,
    RECENT_SPAN,
    REPLY_EVENTS,
    Person,
    booking_lapses,
)
from .signals import Activity, Signal, engagement_score

QUESTIONS = ("need", "budget", "authority", "timing")
NOT_AN_MQL = ("customer", "opted_out", "disqualified")

Boxes = tuple[bool | None, ...]
"""How an open deal without an SQL is read, by `deal_suffices`:

- `prospect_flagged`: true -> path `deal`; false -> still a prospect, path `deal_unvalidated`;
- `flag_by_default`: true -> path `deal_unvalidated`; false -> no prospect by the deal;
- `plain_by_default`: true -> path `deal`; false -> no prospect by the deal.
"""


@dataclass(frozen=True)
class State:
    """Everything about a person at an instant; it holds until the next state's instant."""

    instant: datetime
    stage: str | None
    path: str
    engagement_score: int
    fit_score: int
    score: int
    icp_grade: str
    boxes: Boxes
    """icp_fit, need, budget, authority, timing, engagement."""
    temperature: str
    epoch: int
    is_call_recommended: bool
    mql_path: str | None
    """How the MQL latch last came on; None while it is off."""
    sql_path: str | None
    """The rule that made the SQL of this epoch; None before."""
    sql_at: datetime | None
    definition_version: str

    @property
    def boxes_ticked(self) -> int:
        """How many boxes are ticked."""
        return sum(box is True for box in self.boxes)

    @property
    def is_mql(self) -> bool:
        """Whether an MQL episode is running."""
        return self.mql_path is not None and self.stage not in NOT_AN_MQL


class Judge:
    """The rules, at one instant for one person."""

    def __init__(self, person: Person, at: datetime) -> None:
        self.person = person
        self.at = at
        self.version: Version = person.definitions.in_force(at)
        self.fit: Fit = person.attributes.fit(at)
        self.epoch = bisect_right(person.resets, at)
        self.signals = [signal for signal in person.signals if signal.at <= at]
        self.credits: list[Signal] = [
            signal
            for signal in self.signals
            if signal.epoch == self.epoch and not signal.is_of_reset
        ]
        self.all_activities = [one for one in person.activities if one.at <= at]
        self.activities: list[Activity] = [
            one for one in self.all_activities if one.epoch == self.epoch and not one.is_reset
        ]
        self.engagement = engagement_score(self.version, self.credits, at)
        self.score = self.engagement + self.fit.score
        self.boxes: Boxes = (
            self.icp_box(at),
            *(self.answer(question) for question in QUESTIONS),
            self.engagement_box(at),
        )

    # The six boxes

    def icp_box(self, at: datetime) -> bool | None:
        """Box 1: ICP validated; unknown at grade U."""
        fit = self.person.attributes.fit(at)
        return None if fit.grade == "U" else fit.is_validated

    def engagement_box(self, at: datetime) -> bool:
        """Box 6: an unexpired intent signal, or two names of interest in 30 days."""
        until = [signal for signal in self.signals if signal.at <= at]
        if any(signal.category == "intent" and signal.is_unexpired(at) for signal in until):
            return True
        recent = {
            signal.name for signal in until if signal.is_interest and at < signal.at + RECENT_SPAN
        }
        return len(recent) >= 2

    def answer(self, question: str, of_sales_only: bool = False) -> bool | None:
        """The latest non-empty answer of the epoch."""
        for activity in reversed(self.activities):
            is_declared = activity.row["activity_type"] == "questionnaire"
            answer = activity.answer(question)
            if answer is not None and not (of_sales_only and is_declared):
                return answer == "confirmed"
        return None

    # MQL

    def mql_entry(self) -> str | None:
        """The MQL entry condition that holds now, score first."""
        if self.fit.is_excluded:
            return None
        fits = self.fit.score >= self.version.number("mql_min_fit")
        if self.score > self.version.number("mql_score_above") and fits:
            return "score"
        raised = any(one.is_hand_raise and one.is_unexpired(self.at) for one in self.credits)
        if raised and (fits or self.fit.grade == "U"):
            return "hand_raise"
        return None

    def mql_latch(self, before: State | None) -> str | None:
        """How the latch last came on, or None while it is off."""
        entry = self.mql_entry()
        latched = before.mql_path if before else None
        if latched is None:
            return entry
        falls = self.score < self.version.number("mql_exit_below") and entry is None
        return None if falls or self.fit.is_excluded else latched

    # SQL

    def sql_rule(self) -> str | None:
        """The first SQL rule that holds now."""
        need_was_confirmed = any(
            one.row["activity_type"] in ("call", "qualification")
            and one.answer("need") == "confirmed"
            for one in self.activities
        )
        is_high = self.score > self.version.number("sql_score_above")
        if is_high and self.boxes[1] and need_was_confirmed:
            return "score_and_need"
        if all(self.answer(one, of_sales_only=True) for one in ("need", "authority", "timing")):
            return "need_authority_timing"
        ticked = {name for name, box in zip(BOXES, self.boxes, strict=True) if box}
        is_enough = len(ticked) >= self.version.number("checklist_min")
        if is_enough and ticked.issuperset(self.version.required_boxes):
            return "checklist"
        qualified = any(one.verdict == "qualified" for one in self.activities)
        if qualified and self.version.flag("verdict_suffices"):
            return "verdict"
        return None

    def sql_latch(self, before: State | None) -> tuple[str | None, datetime | None]:
        """The rule and the instant that made the SQL of this epoch."""
        if before is not None and before.epoch == self.epoch and before.sql_path is not None:
            return before.sql_path, before.sql_at
        rule = self.sql_rule()
        return rule, (self.at if rule else None)

    # Stage

    def opt_out(self) -> str | None:
        """The consent kind in force that keeps the person out, if any."""
        facts = [row for row in self.person.consents if row["occurred_at"] <= self.at]
        if any(row["kind"] == "erasure" for row in facts):
            return "erasure"
        if not facts or facts[-1]["kind"] == "opt_in":
            return None
        return str(facts[-1]["kind"])

    def is_disqualified_by_verdict(self) -> bool:
        """Whether the latest of `disqualified` and `reopened` is `disqualified`."""
        verdicts = [
            one.verdict
            for one in self.all_activities
            if one.verdict in ("disqualified", "reopened")
        ]
        return verdicts[-1:] == ["disqualified"]

    def prospect_path(self, sql_at: datetime | None, deals: set[str]) -> str | None:
        """The first way in which the person is a prospect."""
        if sql_at is not None:
            if any(one.verdict == "accepted" for one in self.activities):
                return "accepted"
            if any(one.is_a("meeting", "held") and one.at >= sql_at for one in self.activities):
                return "meeting"
        if "open" in deals:
            path = self.deal_path(sql_at is not None)
            if path is not None:
                return path
        return "no_call" if self.fit.is_validated and self.has_meeting() else None

    def deal_path(self, is_sql: bool) -> str | None:
        """The path an open deal gives."""
        if is_sql:
            return "deal"
        return "deal_unvalidated" if self.version.flag("deal_suffices") else None

    def has_meeting(self) -> bool:
        """Whether the latest meeting fact of the epoch is held, or booked and not lapsed."""
        meetings = [
            one
            for one in self.activities
            if one.row["activity_type"] == "meeting" and one.outcome in MEETING_FACTS
        ]
        if not meetings:
            return False
        if meetings[-1].outcome == "booked":
            return self.at < booking_lapses(meetings[-1], self.version)
        return meetings[-1].outcome == "held"

    def has_failed_checklist(self) -> bool:
        """Whether the latest full qualification of the epoch failed, and no intent came since."""
        full = [
            one
            for one in self.activities
            if one.row["activity_type"] == "qualification"
            and all(one.answer(question) for question in QUESTIONS)
        ]
        if not full:
            return False
        ticked = [full[-1].answer(question) == "confirmed" for question in QUESTIONS]
        ticked += [self.icp_box(full[-1].at) is True, self.engagement_box(full[-1].at)]
        intent_since = any(
            one.category == "intent" and one.at > full[-1].at for one in self.signals
        )
        return sum(ticked) < self.version.number("checklist_min") and not intent_since

    def stage(
        self, mql_path: str | None, sql_path: str | None, sql_at: datetime | None
    ) -> tuple[str | None, str]:
        """The stage and its path: the first that holds."""
        deals = self.person.deal_statuses(self.at)
        opt_out = self.opt_out()
        if "won" in deals:
            return "customer", "deal_won"
        if opt_out is not None:
            return "opted_out", opt_out
        if self.is_disqualified_by_verdict():
            return "disqualified", "verdict"
        if self.fit.is_excluded:
            return "disqualified", "exclusion"
        prospect = self.prospect_path(sql_at, deals)
        if prospect is not None:
            return "prospect", prospect
        if sql_path is not None:
            return "sql", sql_path
        if self.has_failed_checklist():
            return "nurturing", "failed_checklist"
        if mql_path is not None:
            return "mql", mql_path
        if self.epoch > 0:
            return "nurturing", "reset"
        if any(signal.is_interest for signal in self.signals):
            return "lead", "interest"
        return None, "none"

    # Temperature

    def lead_temperature(self) -> str:
        """Temperature of a lead."""
        raised = any(
            one.is_hand_raise and self.at < one.at + HAND_RAISE_SPAN for one in self.signals
        )
        if raised or self.engagement >= self.version.number("hot_engagement_from"):
            return "hot"
        return "warm" if self.engagement >= self.version.number("warm_engagement_from") else "cold"

    def prospect_temperature(self) -> str:
        """Temperature of a prospect, from the last 30 days."""
        event_types = {
            event["event_type"]
            for event in self.person.events
            if self.is_recent(event["occurred_at"])
        }
        recent = [one for one in self.all_activities if self.is_recent(one.at)]
        talks = [one for one in recent if one.outcome == "pricing_discussed"]
        held = any(one.is_a("meeting", "held") for one in recent) or any(
            one.row["activity_type"] == "meeting" for one in talks
        )
        priced = "pricing_question" in event_types or any(
            one.outcome == "pricing_discussed" for one in recent
        )
        if "proposal_requested" in event_types or (held and priced):
            return "hot"
        replied = any(one.outcome == "replied" for one in recent)
        replied = replied or not event_types.isdisjoint(REPLY_EVENTS)
        answered = any(one.is_a("call", "answered") for one in recent) or any(
            one.row["activity_type"] == "call" for one in talks
        )
        return "warm" if held or replied or answered else "cold"

    def is_recent(self, at: datetime) -> bool:
        """Whether an instant is in the last 30 days."""
        return at <= self.at < at + RECENT_SPAN

    def state(self, before: State | None) -> State:
        """The state now, given the one before (for the two latches)."""
        mql_path = self.mql_latch(before)
        sql_path, sql_at = self.sql_latch(before)
        stage, path = self.stage(mql_path, sql_path, sql_at)
        was_called = any(one.is_a("call", "answered") for one in self.activities)
        is_call_recommended = (stage, path) == ("prospect", "no_call") and not was_called
        is_in_dialogue = stage == "prospect" and not is_call_recommended
        return State(
            instant=self.at,
            stage=stage,
            path=path,
            engagement_score=self.engagement,
            fit_score=self.fit.score,
            score=self.score,
            icp_grade=self.fit.grade,
            boxes=self.boxes,
            temperature=(
                self.prospect_temperature() if is_in_dialogue else self.lead_temperature()
            ),
            epoch=self.epoch,
            is_call_recommended=is_call_recommended,
            mql_path=mql_path,
            sql_path=sql_path,
            sql_at=sql_at,
            definition_version=self.version.name,
        )
