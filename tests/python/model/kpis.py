"""The KPIs computed from the model's timelines, one segment and one month at a time.

Obvious rather than fast: every figure is a count over the entries, deals and costs of one segment.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from itertools import pairwise
from typing import Any

from .consent import register
from .definitions import History, Row
from .identity import find_people, first_landings, in_force, is_empty, versions_of
from .lifecycle import Timeline
from .person import Person, admitted
from .sla import DIARY, Clock, clocks

STAGES = ["lead", "mql", "sql", "prospect", "customer"]
TYPES = ["lever", "lead_source", "industry", "company_size_band", "country", "deal_size_band"]
TYPES += ["cycle_length_band", "source_agency", "business_type"]
COSTED = ("all", "lever", "lead_source")
CENT = Decimal("0.01")
DAY = 86400.0
RECYCLED_BECAUSE = ["wrong_contact", "not_icp", "no_budget", "bad_timing", "no_response"]
RECYCLED_BECAUSE += ["not_ready"]
TOUCHES = ("call", "email", "linkedin", "meeting")
TAKEN_ON = [("prospect", "accepted"), ("prospect", "meeting"), ("prospect", "deal")]
TAKEN_ON += [("customer", "deal_won")]

Segments = dict[str, str]
Figures = dict[str, Any]
Key = tuple[Any, ...]
SeedRows = Sequence[Mapping[str, str]]


@dataclass(frozen=True)
class Seeds:
    """The reference seeds the KPIs look things up in, as rows of text."""

    settings: SeedRows
    bands: SeedRows
    rates: SeedRows
    reasons: SeedRows
    lead_sources: SeedRows

    def days(self, name: str, at: datetime) -> timedelta:
        """A window as it was in force at an instant; the earliest reaches back for ever."""
        return timedelta(days=self.number(name, at))

    def number(self, name: str, at: datetime) -> int:
        """A setting as it was in force at an instant."""
        known = sorted(
            (datetime.fromisoformat(row["effective_from"].removesuffix("Z")), int(row["value"]))
            for row in self.settings
            if row["setting"] == name
        )
        return ([value for since, value in known if since <= at] or [known[0][1]])[-1]

    def band(self, kind: str, value: float | None) -> str:
        """The band a number falls into."""
        for row in self.bands:
            is_below = row["high"] == "" or (value or 0) < float(row["high"])
            is_kind = row["band_type"] == kind and value is not None
            if is_kind and is_below and (value or 0) >= float(row["low"]):
                return row["band"]
        return "unknown"

    def reported(self, amount: float | None, currency: str | None, at: datetime) -> Decimal | None:
        """An amount in the reporting currency, to the cent."""
        known = sorted(
            (date.fromisoformat(row["effective_from"]), Decimal(row["rate"]))
            for row in self.rates
            if row["currency"] == (currency or "").strip().upper()
        )
        if amount is None or not known:
            return None
        rate = ([one for since, one in known if since <= at.date()] or [known[0][1]])[-1]
        cents = Decimal(str(amount)).quantize(CENT, ROUND_HALF_UP)
        return (cents * rate).quantize(CENT, ROUND_HALF_UP)

    def reason(self, text: str | None) -> Mapping[str, str] | None:
        """The known reason a rep's words name."""
        said = (text or "").strip().lower()
        return next((row for row in self.reasons if row["reason"] == said), None)

    def source(self, name: str) -> Mapping[str, str]:
        """The lead source of a name."""
        return next((row for row in self.lead_sources if row["lead_source"] == name), {})


@dataclass
class Entry:
    """An entry into a stage of the funnel, and what followed."""

    lead_id: str
    stage: str
    number: int
    entered_at: datetime
    left_at: datetime | None
    next_entered_at: datetime | None
    segments: Segments = field(default_factory=dict)
    reached: dict[str, datetime] = field(default_factory=dict)
    campaign: str | None = None
    content: str | None = None
    first_touch_at: datetime | None = None
    returned_at: datetime | None = None
    return_reason: str | None = None
    contested_at: datetime | None = None
    answer: str | None = None
    is_accepted_by_verdict: bool = False

    def holds(self, at: datetime) -> bool:
        """Whether an instant falls between this entry and the next into the same stage."""
        return self.entered_at <= at and (self.next_entered_at is None or at < self.next_entered_at)

    @property
    def month(self) -> date:
        """The month of the entry."""
        return month_of(self.entered_at)


@dataclass
class Deal:
    """A deal in force, and the person it counts for."""

    deal_id: str
    lead_id: str | None
    company_id: str | None
    status: str
    amount: Decimal | None
    opened_at: datetime
    closed_at: datetime | None
    segments: Segments = field(default_factory=dict)

    @property
    def cycle(self) -> float | None:
        """Seconds from opening to win."""
        if self.status != "won" or self.closed_at is None or self.closed_at < self.opened_at:
            return None
        return (self.closed_at - self.opened_at).total_seconds()


def month_of(at: datetime) -> date:
    """The first day of a calendar month."""
    return date(at.year, at.month, 1)


def month_end(month: date) -> datetime:
    """The first instant of the next month."""
    return datetime(month.year + month.month // 12, month.month % 12 + 1, 1)


def percentile(values: Iterable[float | None], share: float) -> float | None:
    """Interpolated between the two nearest; None is later than anything, and unknown."""
    known = sorted(float("inf") if value is None else value for value in values)
    if not known:
        return None
    place = share * (len(known) - 1)
    below = int(place + 1e-9)
    part = place - below
    low = known[below]
    high = known[below + 1] if part > 1e-9 else low
    return None if high == float("inf") else low + (high - low) * part


def text(value: Any) -> str | None:
    """A field as the staging floor reads it."""
    return None if is_empty(value) else str(value).strip()


@dataclass
class Kpis:
    """Everything the KPI marts say, as of an instant."""

    history: History
    timelines: dict[str, Timeline]
    seeds: Seeds
    as_of: datetime

    def __post_init__(self) -> None:
        self.small = self.seeds.number("small_sample_below", self.as_of)
        self.people = find_people(self.history, self.as_of)
        self.deals = list(self._deals())
        self.companies = {
            lead: timeline.person.attributes.company(self.as_of)
            for lead, timeline in self.timelines.items()
        }
        self.won_at: dict[str, datetime] = {}
        for deal in self.deals:
            account = self.account(deal.company_id, deal.lead_id)
            if deal.status == "won" and deal.closed_at is not None and account is not None:
                self.won_at[account] = min(deal.closed_at, self.won_at.get(account, deal.closed_at))
        self.segments = {lead: self._segments(one) for lead, one in self.timelines.items()}
        for deal in self.deals:
            own = dict(self.segments.get(deal.lead_id or "", {}))
            unknown = {**dict.fromkeys(TYPES, "unknown"), "source_agency": "none"}
            deal.segments = {**unknown, **own, **self._bands(deal)}
            deal.segments["business_type"] = self.business(
                self.account(deal.company_id, deal.lead_id), deal.opened_at
            )
        self.entries = [one for each in self.timelines.values() for one in self._entries(each)]
        self.costs = list(self._costs())

    # who and what

    def account(self, company: str | None, lead: str | None) -> str | None:
        """A company, or a person without one."""
        return company or (self.companies.get(lead) if lead else None) or lead

    def business(self, account: str | None, at: datetime) -> str:
        """Whether the account had bought before."""
        won_at = self.won_at.get(account or "")
        return "expansion" if won_at is not None and won_at < at else "new"

    def _bands(self, deal: Deal | None) -> Segments:
        amount = None if deal is None or deal.amount is None else float(deal.amount)
        cycle = None if deal is None or deal.cycle is None else deal.cycle / DAY
        return {
            "deal_size_band": self.seeds.band("deal_size", amount),
            "cycle_length_band": self.seeds.band("cycle_length", cycle),
        }

    def _segments(self, timeline: Timeline) -> Segments:
        person, at = timeline.person, self.as_of
        company = self.companies[person.lead_id]
        about = person.attributes.companies
        source = (text(person.attributes.of_contact("lead_source", at)) or "unknown").lower()
        country = text(person.attributes.of_contact("country", at)) or text(
            about.attribute(company, "country", at)
        )
        own = [deal for deal in self.deals if deal.lead_id == person.lead_id]
        latest = max(own, key=lambda deal: (deal.opened_at, deal.deal_id), default=None)
        return {
            "lever": self.seeds.source(source).get("lever", "unknown"),
            "lead_source": source,
            "industry": (text(about.attribute(company, "industry", at)) or "unknown").lower(),
            "company_size_band": self.seeds.band(
                "company_size", about.attribute(company, "employee_count", at)
            ),
            "country": country.upper() if country else "unknown",
            "source_agency": text(person.attributes.of_contact("source_agency", at)) or "none",
            **self._bands(latest),
        }

    def _deals(self) -> Iterator[Deal]:
        links = versions_of(self.history.get("deal_contacts", []), "deal_id", "contact_id")
        known = {str(row["contact_id"]) for row in self.history["contacts"]}
        for (deal_id,), versions in versions_of(self.history["deals"], "deal_id").items():
            versions = [row for row in versions if row["updated_at"] <= self.as_of]
            row = in_force(versions, self.as_of)
            if row is None:
                continue
            linked = []
            for (linked_deal, contact), rows in links.items():
                link = in_force(rows, self.as_of)
                is_held = link is not None and not link.get("is_removed")
                if linked_deal == deal_id and contact in known and is_held:
                    linked.append((rows[0]["updated_at"], contact))
            contact = text(row["contact_id"]) or (min(linked)[1] if linked else None)
            lead = self.people.person_of.get(contact or "")
            if lead is not None and lead not in self.timelines:
                continue  # internal
            closed_at = self._closed_at(versions) if row["status"] in ("won", "lost") else None
            opened_at = row["created_at"]
            amount = self.seeds.reported(
                row["amount"], text(row["currency"]), closed_at or opened_at
            )
            yield Deal(
                *(deal_id, lead, text(row.get("company_id")), row["status"], amount),
                *(opened_at, closed_at),
            )

    def _closed_at(self, versions: list[Row]) -> datetime:
        """As the CRM says, else when the deal turned to what it is."""
        last = versions[-1]
        said: datetime | None = last.get("closed_at")
        if said is not None and said <= self.as_of:
            return said
        turned: datetime = last["updated_at"]
        for row in reversed(versions):
            if row["status"] != last["status"]:
                break
            turned = row["updated_at"]
        return turned

    def _costs(self) -> Iterator[tuple[str, Segments, date, Decimal | None]]:
        for row in self.history.get("campaign_costs", []):
            at = datetime(row["cost_date"].year, row["cost_date"].month, row["cost_date"].day)
            if at <= self.as_of:
                source = (text(row["lead_source"]) or "unknown").lower()
                lever = self.seeds.source(source).get("lever", "unknown")
                cost = self.seeds.reported(row["amount"], row["currency"], at)
                yield (
                    row["campaign_id"],
                    {"lead_source": source, "lever": lever},
                    month_of(at),
                    cost,
                )

    # the funnel, person by person

    def _entries(self, timeline: Timeline) -> Iterator[Entry]:
        lead = timeline.lead_id
        stays: dict[str, list[tuple[datetime, datetime | None]]] = {stage: [] for stage in STAGES}
        interests = [signal.at for signal in timeline.person.signals if signal.is_interest]
        if interests:
            stays["lead"] = [(max(min(interests), timeline.identified_at), None)]
        stays["mql"] = [(one.entered_at, one.left_at) for one in timeline.episodes]
        changes = timeline.changes
        for change, after in zip(changes, [*changes[1:], None], strict=False):
            if change.to_stage in ("sql", "prospect", "customer"):
                left_at = None if after is None else after.changed_at
                stays[change.to_stage].append((change.changed_at, left_at))
        for place, stage in enumerate(STAGES):
            starts = [entered_at for entered_at, _ in stays[stage]]
            for number, (entered_at, left_at) in enumerate(stays[stage]):
                following = starts[number + 1] if number + 1 < len(starts) else None
                entry = Entry(lead, stage, number + 1, entered_at, left_at, following)
                for later in STAGES[place + 1 :]:
                    found = [at for at, _ in stays[later] if entry.holds(at)]
                    if found:
                        entry.reached[later] = min(found)
                self._tell(entry, timeline.person)
                yield entry

    def _tell(self, entry: Entry, person: Person) -> None:
        entry.segments = {
            **self.segments[entry.lead_id],
            "business_type": self.business(self.account(None, entry.lead_id), entry.entered_at),
        }
        before = sorted(
            (row for row in person.events if row["occurred_at"] <= entry.entered_at),
            key=lambda row: (row["occurred_at"], row["event_id"]),
        )
        for row in before:
            entry.campaign = text(row.get("campaign_id")) or entry.campaign
            entry.content = _content(row) or entry.content
        after = [one for one in person.activities if entry.holds(one.at)]
        if entry.stage == "mql":
            for one in after:
                is_touch = one.row["direction"] == "outbound" and not one.row["is_automated"]
                is_touch = is_touch and one.row["activity_type"] in TOUCHES
                if is_touch and (entry.left_at is None or one.at <= entry.left_at):
                    entry.first_touch_at = entry.first_touch_at or one.at
                if one.verdict == "recycled" and entry.returned_at is None:
                    entry.returned_at, entry.return_reason = one.at, one.reason
                known = self.seeds.reason(one.reason)
                in_time = one.at < entry.entered_at + self.days("contest_days", entry)
                is_contesting = known is not None and known["is_contesting"] == "true"
                if one.verdict in ("recycled", "disqualified") and is_contesting and in_time:
                    entry.contested_at = entry.contested_at or one.at
        if entry.stage == "sql":
            answer, word = sales_answer(self.timelines[entry.lead_id], entry)
            expires_at = entry.entered_at + self.days("acceptance_expires_days", entry)
            entry.answer = answer or ("expired" if expires_at <= self.as_of else None)
            entry.is_accepted_by_verdict = word == "accepted"

    def days(self, name: str, entry: Entry) -> timedelta:
        """A window of the entry."""
        return self.seeds.days(name, entry.entered_at)

    def is_over(self, name: str, entry: Entry) -> bool:
        """Whether a window of the entry has passed."""
        return entry.entered_at + self.days(name, entry) <= self.as_of

    def is_converted(self, entry: Entry) -> bool:
        """Whether it reached the next stage in time, and its time is over."""
        at = entry.reached.get(STAGES[STAGES.index(entry.stage) + 1])
        end = entry.entered_at + self.days("maturity_days", entry)
        return self.is_over("maturity_days", entry) and at is not None and at < end

    # figures

    def rate(self, figures: Figures, name: str, numerator: Any, denominator: Any) -> None:
        """A rate with what it is made of, and its mark."""
        figures[f"{name}_numerator"] = numerator
        figures[f"{name}_denominator"] = denominator
        figures[f"{name}_rate"] = float(numerator) / float(denominator) if denominator else None
        figures[f"is_{name}_small"] = denominator < self.small

    def cohorts(self) -> dict[Key, Figures]:
        """The mart `funnel_cohorts`."""

        def figures(rows: list[Entry], key: Key) -> Figures:
            _, to_stage = key
            found: Figures = {"entered": len(rows)}
            for days in (30, 60, 90):
                span = timedelta(days=days)
                mature = [one for one in rows if one.entered_at + span <= self.as_of]
                reached = [
                    one
                    for one in mature
                    if to_stage in one.reached and one.reached[to_stage] < one.entered_at + span
                ]
                self.rate(found, f"reached_within_{days}", len(reached), len(mature))
                found[f"immature_{days}"] = len(rows) - len(mature)
                found[f"is_incomplete_{days}"] = len(mature) < len(rows)
            spans = [
                (one.reached[to_stage] - one.entered_at).total_seconds()
                for one in rows
                if to_stage in one.reached
            ]
            self.rate(found, "reached_ever", len(spans), len(rows))
            found["median_days"] = _per(percentile(spans, 0.5), DAY)
            found["p90_days"] = _per(percentile(spans, 0.9), DAY)
            return found

        rows = [
            (entry.segments, (entry.month, entry.stage, to_stage), entry)
            for entry in self.entries
            for to_stage in STAGES[STAGES.index(entry.stage) + 1 :]
        ]
        return {key: figures(found, key[3:]) for key, found in by_segment(rows).items()}

    def periods(self) -> dict[Key, Figures]:
        """The mart `funnel_periods`."""
        entered = by_segment(
            (entry.segments, (entry.month, entry.stage), entry) for entry in self.entries
        )
        arrived = by_segment(
            (entry.segments, (month_of(at), entry.stage, stage), (at - entry.entered_at))
            for entry in self.entries
            for stage, at in entry.reached.items()
        )
        keys = set(arrived)
        for kind, segment, month, stage in entered:
            place = STAGES.index(stage)
            keys |= {(kind, segment, month, one, stage) for one in STAGES[:place]}
            keys |= {(kind, segment, month, stage, one) for one in STAGES[place + 1 :]}
        found = {}
        for key in keys:
            *where, from_stage, to_stage = key
            figures: Figures = {}
            self.rate(
                figures,
                "conversion",
                len(entered.get((*where, to_stage), [])),
                len(entered.get((*where, from_stage), [])),
            )
            spans = [span.total_seconds() for span in arrived.get(key, [])]
            figures["arrived"] = len(spans)
            figures["median_days"] = _per(percentile(spans, 0.5), DAY)
            figures["p90_days"] = _per(percentile(spans, 0.9), DAY)
            found[key] = figures
        return found

    def monthly(self) -> dict[Key, Figures]:
        """The mart `kpis_monthly`, but for benchmarks."""
        entries = by_segment((one.segments, (one.month,), one) for one in self.entries)
        returned = by_segment(
            (one.segments, (month_of(one.returned_at),), one)
            for one in self.entries
            if one.returned_at
        )
        deals = by_segment(
            (one.segments, (month_of(one.closed_at),), one) for one in self.deals if one.closed_at
        )
        months = {one.month for one in self.entries} | {month_of(self.as_of)}
        pipeline = by_segment(
            (one.segments, (month,), one)
            for one in self.entries
            for month in months
            if one.stage == "prospect"
            and one.entered_at < month_end(month)
            and (one.left_at is None or one.left_at >= month_end(month))
        )
        costs = by_segment(
            ((segments, (month,), cost) for _, segments, month, cost in self.costs),
            ["lever", "lead_source"],
        )
        owed = by_segment(self._clocks())
        return {
            key: self._month(
                key[0],
                *(entries.get(key, []), returned.get(key, []), deals.get(key, [])),
                *(len(pipeline.get(key, [])), costs.get(key, [])),
            )
            | self._owed(owed.get(key, []))
            for key in {*entries, *returned, *deals, *pipeline, *costs, *owed}
        }

    def _clocks(self) -> Iterator[tuple[Segments, Key, Clock]]:
        for lead, timeline in self.timelines.items():
            for clock in clocks(timeline, self.as_of):
                started_at = clock[2]
                assert isinstance(started_at, datetime)
                segments = dict(self.segments[lead])
                segments["business_type"] = self.business(self.account(None, lead), started_at)
                yield segments, (month_of(started_at),), clock

    def _owed(self, owed: list[Clock]) -> Figures:
        found: Figures = {}
        waits: list[float | None] = []
        leaked = judged = pending = 0
        for clock in owed:
            obligation, started, status, due, stopped = (clock[at] for at in (1, 2, 6, 10, 11))
            assert isinstance(started, datetime)
            assert isinstance(due, datetime)
            if status == "void":
                continue
            ended = stopped if isinstance(stopped, datetime) else None
            if obligation in ("hand_raise_response", "mql_first_contact"):
                answered = ended if clock[18] is None else None
                used = DIARY.between(started, answered) if answered else None
                waits.append(used / timedelta(minutes=1) if used is not None else None)
            if obligation == "mql_first_contact":
                twice = DIARY.after(started, 2 * DIARY.between(started, due))
                if twice <= self.as_of:
                    judged += 1
                    leaked += ended is None or ended > twice
                else:
                    pending += 1
        found["response_time_numerator"] = len(waits) - waits.count(None)
        found["response_time_denominator"] = len(waits)
        found["is_response_time_small"] = len(waits) < self.small
        found["response_median_business_minutes"] = percentile(waits, 0.5)
        found["response_p90_business_minutes"] = percentile(waits, 0.9)
        ends = [clock[6] for clock in owed]
        met = ends.count("met")
        self.rate(found, "sla_met", met, met + ends.count("breached"))
        self._open(found, "sla_met", ends.count("open") + ends.count("at_risk"))
        self.rate(found, "leakage", leaked, judged)
        self._open(found, "leakage", pending)
        return found

    def _month(
        self,
        kind: str,
        entries: list[Entry],
        returned: list[Entry],
        deals: list[Deal],
        open_prospects: int,
        costs: list[Decimal | None],
    ) -> Figures:
        found: Figures = {"open_prospects": open_prospects}
        of = {stage: [one for one in entries if one.stage == stage] for stage in STAGES}
        for stage in STAGES:
            found[f"{stage}s"] = len(of[stage])
        firsts = {stage: sum(one.number == 1 for one in of[stage]) for stage in ("mql", "sql")}
        found |= {f"first_{stage}s": number for stage, number in firsts.items()}
        for stage, following in pairwise(STAGES):
            mature = [one for one in of[stage] if self.is_over("maturity_days", one)]
            name = f"{stage}_to_{following}"
            converted = sum(self.is_converted(one) for one in mature)
            self.rate(found, f"{name}_cohort", converted, len(mature))
            self._open(found, f"{name}_cohort", len(of[stage]) - len(mature))
            self.rate(found, f"{name}_period", len(of[following]), len(of[stage]))

        sqls = [one for one in of["sql"] if self.is_over("maturity_days", one)]
        won = sum(
            one.reached.get("customer", datetime.max)
            < one.entered_at + self.days("maturity_days", one)
            for one in sqls
        )
        self.rate(found, "sql_to_customer_cohort", won, len(sqls))
        self._open(found, "sql_to_customer_cohort", len(of["sql"]) - len(sqls))
        self._feedback(found, of)
        found["accepted_by_verdict"] = sum(
            one.is_accepted_by_verdict
            for one in of["sql"]
            if self.is_over("acceptance_expires_days", one)
        )

        ends = [
            (one, one.returned_at + self.seeds.days("re_mql_days", one.returned_at))
            for one in returned
            if one.returned_at
        ]
        over = [(one, end) for one, end in ends if end <= self.as_of]
        again = sum(one.next_entered_at is not None and one.next_entered_at < e for one, e in over)
        self.rate(found, "re_mql", again, len(over))
        self._open(found, "re_mql", len(ends) - len(over))

        self._deal_figures(found, deals)
        self._cost_figures(found, kind, costs, [len(of["lead"]), *firsts.values()])

        waits = [
            (one.first_touch_at - one.entered_at).total_seconds() if one.first_touch_at else None
            for one in of["mql"]
        ]
        found["speed_to_lead_numerator"] = len(waits) - waits.count(None)
        found["speed_to_lead_denominator"] = len(waits)
        found["is_speed_to_lead_small"] = len(waits) < self.small
        found["speed_to_lead_median_minutes"] = _per(percentile(waits, 0.5), 60)
        found["speed_to_lead_p90_minutes"] = _per(percentile(waits, 0.9), 60)
        parts = [found["win_rate"], found["average_won_amount"], found["cycle_median_days"]]
        found["pipeline_velocity"] = (
            open_prospects * parts[0] * parts[1] / parts[2]
            if None not in parts and parts[2] > 0
            else None
        )
        return found

    def _feedback(self, found: Figures, of: dict[str, list[Entry]]) -> None:
        """What sales said of whom it was handed, as far as it has had its time to say it."""
        heard = [one for one in of["sql"] if self.is_over("acceptance_expires_days", one)]
        accepted = sum(one.answer == "accepted" for one in heard)
        self.rate(found, "acceptance", accepted, len(heard))
        self._open(found, "acceptance", len(of["sql"]) - len(heard))

        mature = [one for one in of["mql"] if self.is_over("maturity_days", one)]
        back = [
            one
            for one in mature
            if one.returned_at
            and one.returned_at < one.entered_at + self.days("maturity_days", one)
        ]
        self.rate(found, "recycle", len(back), len(mature))
        self._open(found, "recycle", len(of["mql"]) - len(mature))

        over = [one for one in of["mql"] if self.is_over("contest_days", one)]
        contested = sum(one.contested_at is not None for one in over)
        self.rate(found, "contested", contested, len(over))
        self._open(found, "contested", len(of["mql"]) - len(over))

    def _cost(self, costs: list[Decimal | None]) -> float | None:
        """What was spent; unknown where there are costs, and none of them has a rate."""
        known = [one for one in costs if one is not None]
        return None if costs and not known else float(sum(known, Decimal(0)))

    def _open(self, found: Figures, name: str, number: int) -> None:
        found[f"{name}_immature"] = number
        found[f"is_{name}_incomplete"] = number > 0

    def _deal_figures(self, found: Figures, deals: list[Deal]) -> None:
        won = [one for one in deals if one.status == "won"]
        amounts = [one.amount for one in won if one.amount is not None]
        closed_amount = sum((one.amount for one in deals if one.amount is not None), Decimal(0))
        won_amount = sum(amounts, Decimal(0))
        self.rate(found, "win", len(won), len(deals))
        self.rate(found, "win_value", float(won_amount), float(closed_amount))
        found["is_win_value_small"] = len(deals) < self.small
        found["deals_without_rate"] = sum(one.amount is None for one in deals)
        found["average_won_amount_numerator"] = float(won_amount)
        found["average_won_amount_denominator"] = len(amounts)
        found["average_won_amount"] = float(won_amount) / len(amounts) if amounts else None
        found["is_average_won_amount_small"] = len(amounts) < self.small
        cycles = [one.cycle for one in won if one.cycle is not None]
        found["cycle_denominator"] = len(cycles)
        found["cycle_median_days"] = _per(percentile(cycles, 0.5), DAY)
        found["cycle_p90_days"] = _per(percentile(cycles, 0.9), DAY)
        found["is_cycle_small"] = len(cycles) < self.small

    def _cost_figures(
        self, found: Figures, kind: str, costs: list[Decimal | None], numbers: list[int]
    ) -> None:
        cost = self._cost(costs) if kind in COSTED else None
        for name, number in zip(("lead", "mql", "sql"), numbers, strict=True):
            found[f"cost_per_{name}_numerator"] = cost
            found[f"cost_per_{name}_denominator"] = number
            found[f"cost_per_{name}"] = cost / number if cost is not None and number else None
            found[f"is_cost_per_{name}_small"] = number < self.small
        found["costs_without_rate"] = costs.count(None)

    def content(self) -> dict[Key, Figures]:
        """The mart `content_performance`."""
        credited = by_segment(
            (one.segments, (asset_type, asset, one.month), one)
            for one in self.entries
            for asset_type, asset in (("campaign", one.campaign), ("content", one.content))
            if asset is not None
        )
        costs = by_segment(
            (
                (segments, ("campaign", campaign, month), cost)
                for campaign, segments, month, cost in self.costs
            ),
            ["lever", "lead_source"],
        )
        found = {}
        for key in {*credited, *costs}:
            of = {
                stage: [one for one in credited.get(key, []) if one.stage == stage]
                for stage in STAGES
            }
            back = [one for one in of["mql"] if one.returned_at]
            reasons = [one.return_reason for one in back]
            over = [one for one in of["mql"] if self.is_over("contest_days", one)]
            figures: Figures = {
                "leads": len(of["lead"]),
                "mqls": len(of["mql"]),
                "sqls": len(of["sql"]),
                "accepted": sum(one.answer == "accepted" for one in of["sql"]),
                "recycled": len(back),
                **{f"recycled_{name}": reasons.count(name) for name in RECYCLED_BECAUSE},
                "recycled_other": sum(name not in RECYCLED_BECAUSE for name in reasons),
                "contested": sum(one.contested_at is not None for one in over),
                "won": len(of["customer"]),
            }
            spent = costs.get(key, [])
            cost = self._cost(spent) if key[0] in COSTED and key[2] == "campaign" else None
            figures["cost"] = cost
            figures["costs_without_rate"] = spent.count(None)
            self._feedback(figures, of)
            firsts = sum(one.number == 1 for one in of["mql"])
            figures["cost_per_mql_denominator"] = firsts
            figures["cost_per_mql"] = cost / firsts if cost is not None and firsts else None
            figures["is_cost_per_mql_small"] = firsts < self.small
            found[key] = figures
        return found

    def sources(self) -> dict[Key, Figures]:
        """The mart `source_audit`."""
        groups: dict[Key, list[str]] = {}
        for lead, segments in self.segments.items():
            groups.setdefault(("lead_source", segments["lead_source"]), []).append(lead)
            if segments["source_agency"] != "none":
                groups.setdefault(("agency", segments["source_agency"]), []).append(lead)
        been: dict[str, set[str]] = {stage: set() for stage in STAGES}
        mature, converted = set[str](), set[str]()
        for entry in self.entries:
            been[entry.stage].add(entry.lead_id)
            if entry.stage == "lead" and self.is_over("maturity_days", entry):
                mature.add(entry.lead_id)
                end = entry.entered_at + self.days("maturity_days", entry)
                if entry.reached.get("sql", datetime.max) < end:
                    converted.add(entry.lead_id)
        consents: dict[str, list[Row]] = {}
        rows = admitted(self.history.get("consents", []), self.history.get("contacts", []))
        for row in first_landings(rows, "consent_id"):
            owner = self.people.find(row.get("contact_id"), row.get("email"))
            if owner is not None and row["occurred_at"] <= self.as_of:
                consents.setdefault(owner, []).append(row)
        found = {}
        for key, leads in groups.items():
            figures: Figures = {"people": len(leads)}
            figures["leads"] = sum(lead in been["lead"] for lead in leads)
            figures["with_legal_basis"] = sum(
                any(row["legal_basis"] or row["kind"] == "opt_in" for row in consents.get(lead, []))
                or any(one.is_hand_raise for one in self.timelines[lead].person.signals)
                or bool(
                    self.seeds.source(self.segments[lead]["lead_source"]).get("default_legal_basis")
                )
                for lead in leads
            )
            figures["with_proof"] = sum(
                any(
                    row["kind"] == "opt_in" or (row["kind"] == "informed" and row["notice"])
                    for row in consents.get(lead, [])
                )
                for lead in leads
            )
            figures["objections"] = sum(
                any(
                    row.objected_at is not None
                    for row in register(self.timelines[lead].person, self.as_of)
                )
                for lead in leads
            )
            figures["duplicates"] = sum(
                len(self.timelines[lead].person.contact_ids) - 1 for lead in leads
            )
            for stage in ("mql", "sql", "customer"):
                figures[f"{stage}s"] = sum(lead in been["lead"] & been[stage] for lead in leads)
            self.rate(figures, "legal_basis", figures["with_legal_basis"], len(leads))
            self.rate(figures, "proof", figures["with_proof"], len(leads))
            self.rate(figures, "objection", figures["objections"], len(leads))
            ripe = [lead for lead in leads if lead in mature]
            self.rate(figures, "conversion", sum(lead in converted for lead in ripe), len(ripe))
            self._open(figures, "conversion", figures["leads"] - len(ripe))
            figures["conversion"] = figures["conversion_rate"]
            found[key] = figures
        return found


def sales_answer(timeline: Timeline, entry: Entry) -> tuple[str | None, str | None]:
    """What sales answered to an SQL, by word or by taking it on, whichever came first; its word."""
    said = [
        (one.at, str(one.verdict))
        for one in timeline.person.activities
        if entry.holds(one.at) and one.verdict in ("accepted", "recycled", "disqualified")
    ]
    handed_over = timeline.state_at(entry.entered_at)
    done = [
        state.instant
        for state in timeline.states
        if entry.holds(state.instant)
        and (state.stage, state.path) in TAKEN_ON
        and handed_over is not None
        and state.epoch == handed_over.epoch
    ]
    word = said[0][1] if said else None
    if done and (not said or done[0] < said[0][0]):
        return "accepted", word
    return word, word


def _content(event: Row) -> str | None:
    """What content an event is about: its id, else its title."""
    return text(event.get("content_id")) or text(event.get("content_title"))


def _per(value: float | None, unit: float) -> float | None:
    return None if value is None else value / unit


def by_segment(
    rows: Iterable[tuple[Segments, Key, Any]], types: list[str] | None = None
) -> dict[Key, list[Any]]:
    """The rows of each type of segment, segment and key, `all` among them."""
    found: dict[Key, list[Any]] = {}
    for segments, key, row in rows:
        found.setdefault(("all", "all", *key), []).append(row)
        for kind in types or TYPES:
            found.setdefault((kind, segments[kind], *key), []).append(row)
    return found


Marts = Callable[[Kpis], dict[Key, Figures]]
MARTS: dict[str, tuple[list[str], Marts]] = {
    "funnel_cohorts": (
        ["segment_type", "segment", "month", "from_stage", "to_stage"],
        Kpis.cohorts,
    ),
    "funnel_periods": (
        ["segment_type", "segment", "month", "from_stage", "to_stage"],
        Kpis.periods,
    ),
    "kpis_monthly": (["segment_type", "segment", "month"], Kpis.monthly),
    "content_performance": (
        ["segment_type", "segment", "asset_type", "asset_id", "month"],
        Kpis.content,
    ),
    "source_audit": (["source_type", "source"], Kpis.sources),
}
"""What the model says of each mart: its key, and its figures."""
