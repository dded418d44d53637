"""The figures of a month, counted by hand from the marts of leads, MQLs, SQLs and clocks.

Nothing here asks the KPI marts, or the code of the page.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

Ask = Callable[[str], list[tuple[Any, ...]]]
WINDOW, CONTEST, EXPIRY, AGAIN = 90, 30, 30, 180
"""Days of the settings as delivered."""
CONTESTING = ("wrong_contact", "not_icp", "out_of_target", "bad_data")
"""Reasons that contest the lead, as delivered."""

ACTIVITIES = """
    select aliases.lead_id, acts.occurred_at, acts.verdict, acts.reason, acts.activity_id
    from staging.stg_sales_activities as acts
    inner join marts.lead_aliases as aliases on acts.contact_id = aliases.contact_id
    where acts.occurred_at <= timestamp '{as_of}' and acts.verdict is not null
"""
EPISODES = """
    select
        *,
        lead(entered_at, 1, timestamp '9999-01-01') over (
            partition by lead_id order by entered_at
        ) as next_at
    from marts.{mart}
"""
DEEDS = """
    select lead_id, epoch, instant as done_at from intermediate.int_lead_states
    where
        (stage = 'prospect' and stage_path in ('accepted', 'meeting', 'deal'))
        or stage = 'customer'
"""
"""Instants at which somebody was in sales' hands by an act of a rep."""


@dataclass(frozen=True)
class Truth:
    """Counts of one month, as (numerator, denominator, still to come)."""

    ask: Ask
    as_of: datetime
    start: date
    end: date

    def one(self, sql: str) -> Any:
        """The one value of a query."""
        ((value,),) = self.ask(sql)
        return value

    @property
    def _acts(self) -> str:
        return ACTIVITIES.format(as_of=self.as_of)

    def within(self, column: str) -> str:
        """That an instant lies in the month."""
        return f"({column} >= date '{self.start}' and {column} < date '{self.end}')"

    def entered(self, stage: str) -> int:
        """Entries into a stage."""
        table, column = {
            "lead": ("marts.leads", "became_lead_at"),
            "mql": ("marts.mqls", "entered_at"),
            "sql": ("marts.sqls", "entered_at"),
            "prospect": ("marts.prospects", "entered_at"),
            "customer": (
                "(select * from marts.lead_stage_intervals where stage = 'customer')",
                "valid_from",
            ),
        }[stage]
        return int(self.one(f"select count(*) from {table} as t where {self.within(column)}"))

    def mql_to_sql(self, days: int = WINDOW) -> tuple[int, int, int]:
        """Episodes of the month that reached SQL within days, mature, immature."""
        rows = self.ask(f"""
            select
                episodes.entered_at + interval {days} day <= timestamp '{self.as_of}' as is_mature,
                min(sqls.entered_at) < episodes.entered_at + interval {days} day as is_reached
            from ({EPISODES.format(mart="mqls")}) as episodes
            left join marts.sqls as sqls
                on
                    episodes.lead_id = sqls.lead_id
                    and sqls.entered_at >= episodes.entered_at
                    and sqls.entered_at < episodes.next_at
            where {self.within("episodes.entered_at")}
            group by episodes.lead_id, episodes.mql_number, episodes.entered_at
        """)
        mature = [bool(reached) for is_mature, reached in rows if is_mature]
        return sum(mature), len(mature), len(rows) - len(mature)

    def acceptance(self) -> tuple[int, int, int]:
        """SQLs of the month accepted, by word or deed, those whose time is over, the others."""
        rows = self.ask(f"""
            select
                case
                    when min(deeds.done_at) < coalesce(min(acts.occurred_at), date '9999-01-01')
                        then 'accepted'
                    else arg_min(acts.verdict, (acts.occurred_at, acts.activity_id))
                end as answer,
                entries.entered_at + interval {EXPIRY} day <= timestamp '{self.as_of}' as is_over
            from ({EPISODES.format(mart="sqls")}) as entries
            inner join marts.lead_stage_changes as handed_over
                on
                    entries.lead_id = handed_over.lead_id
                    and entries.entered_at = handed_over.changed_at
            left join ({self._acts}) as acts
                on
                    entries.lead_id = acts.lead_id
                    and acts.occurred_at >= entries.entered_at
                    and acts.occurred_at < entries.next_at
                    and acts.verdict in ('accepted', 'recycled', 'disqualified')
            left join ({DEEDS}) as deeds
                on
                    entries.lead_id = deeds.lead_id
                    and deeds.epoch = handed_over.epoch
                    and deeds.done_at >= entries.entered_at
                    and deeds.done_at < entries.next_at
            where {self.within("entries.entered_at")}
            group by entries.lead_id, entries.sql_number, entries.entered_at
        """)
        decided = [answer for answer, is_over in rows if is_over]
        return decided.count("accepted"), len(decided), len(rows) - len(decided)

    def prospect_to_customer(self) -> tuple[int, int, int]:
        """Prospects of the month who became customers within the window, mature, immature."""
        return self._won("prospects")

    def sql_to_customer(self) -> tuple[int, int, int]:
        """The same of SQLs."""
        return self._won("sqls")

    def _won(self, mart: str) -> tuple[int, int, int]:
        rows = self.ask(f"""
            select
                entries.entered_at + interval {WINDOW} day <= timestamp '{self.as_of}',
                min(wins.valid_from) < entries.entered_at + interval {WINDOW} day
            from ({EPISODES.format(mart=mart)}) as entries
            left join marts.lead_stage_intervals as wins
                on
                    entries.lead_id = wins.lead_id
                    and wins.stage = 'customer'
                    and wins.valid_from >= entries.entered_at
                    and wins.valid_from < entries.next_at
            where {self.within("entries.entered_at")}
            group by entries.lead_id, entries.entered_at
        """)
        mature = [bool(is_won) for is_mature, is_won in rows if is_mature]
        return sum(mature), len(mature), len(rows) - len(mature)

    def re_mql(self) -> tuple[int, int, int]:
        """Episodes sent back in the month that came back, those whose time is over, the others."""
        rows = self.ask(f"""
            select
                returned_at + interval {AGAIN} day <= timestamp '{self.as_of}',
                next_at < returned_at + interval {AGAIN} day
            from (
                select episodes.next_at, min(acts.occurred_at) as returned_at
                from ({EPISODES.format(mart="mqls")}) as episodes
                inner join ({self._acts}) as acts
                    on
                        episodes.lead_id = acts.lead_id
                        and acts.occurred_at >= episodes.entered_at
                        and acts.occurred_at < episodes.next_at
                        and acts.verdict = 'recycled'
                group by episodes.lead_id, episodes.mql_number, episodes.next_at
            ) as returned
            where {self.within("returned_at")}
        """)
        over = [bool(is_again) for is_over, is_again in rows if is_over]
        return sum(over), len(over), len(rows) - len(over)

    def recycled(self) -> tuple[int, int, int]:
        """Episodes of the month sent back within the window, mature, immature."""
        rows = self.ask(f"""
            select
                episodes.entered_at + interval {WINDOW} day <= timestamp '{self.as_of}',
                min(acts.occurred_at) < episodes.entered_at + interval {WINDOW} day
            from ({EPISODES.format(mart="mqls")}) as episodes
            left join ({self._acts}) as acts
                on
                    episodes.lead_id = acts.lead_id
                    and acts.occurred_at >= episodes.entered_at
                    and acts.occurred_at < episodes.next_at
                    and acts.verdict = 'recycled'
            where {self.within("episodes.entered_at")}
            group by episodes.lead_id, episodes.mql_number, episodes.entered_at
        """)
        mature = [bool(returned) for is_mature, returned in rows if is_mature]
        return sum(mature), len(mature), len(rows) - len(mature)

    def reasons(self) -> dict[str | None, int]:
        """Reasons of the first time each episode was sent back, of those in the month."""
        rows = self.ask(f"""
            select reason, count(*) from (
                select
                    min(acts.occurred_at) as returned_at,
                    arg_min(
                        coalesce(acts.reason, ''), (acts.occurred_at, acts.activity_id)
                    ) as reason
                from ({EPISODES.format(mart="mqls")}) as episodes
                inner join ({self._acts}) as acts
                    on
                        episodes.lead_id = acts.lead_id
                        and acts.occurred_at >= episodes.entered_at
                        and acts.occurred_at < episodes.next_at
                        and acts.verdict = 'recycled'
                group by episodes.lead_id, episodes.mql_number
            ) as returned
            where {self.within("returned_at")}
            group by reason
        """)
        return {reason or None: count for reason, count in rows}

    def contested(self, where: str = "true") -> tuple[int, int, int]:
        """Episodes of the month contested in time, those whose time is over, the others."""
        rows = self.ask(f"""
            select
                episodes.entered_at + interval {CONTEST} day <= timestamp '{self.as_of}',
                count(acts.lead_id) > 0
            from ({EPISODES.format(mart="mqls")}) as episodes
            inner join marts.lead_segments as people on episodes.lead_id = people.lead_id
            left join ({self._acts}) as acts
                on
                    episodes.lead_id = acts.lead_id
                    and acts.occurred_at >= episodes.entered_at
                    and acts.occurred_at < episodes.next_at
                    and acts.occurred_at < episodes.entered_at + interval {CONTEST} day
                    and acts.verdict in ('recycled', 'disqualified')
                    and lower(acts.reason) in {CONTESTING}
            where {self.within("episodes.entered_at")} and {where}
            group by episodes.lead_id, episodes.mql_number, episodes.entered_at
        """)
        over = [is_contested for is_over, is_contested in rows if is_over]
        return sum(over), len(over), len(rows) - len(over)

    def deals(self, where: str = "true") -> dict[str, Any]:
        """What was closed in the month: how many, for how much, how long it took."""
        names = (
            "won",
            "closed",
            "won_amount",
            "closed_amount",
            "valued",
            "median",
            "p90",
            "cycles",
        )
        ((*values,),) = self.ask(f"""
            select
                count(*) filter (deals.status = 'won'),
                count(*),
                coalesce(sum(deals.reported_amount) filter (deals.status = 'won'), 0)::double,
                coalesce(sum(deals.reported_amount), 0)::double,
                count(deals.reported_amount) filter (deals.status = 'won'),
                quantile_cont(deals.cycle_seconds, 0.5) / 86400,
                quantile_cont(deals.cycle_seconds, 0.9) / 86400,
                count(deals.cycle_seconds)
            from marts.deal_outcomes as deals
            left join marts.lead_segments as people on deals.lead_id = people.lead_id
            where deals.status in ('won', 'lost') and {self.within("deals.closed_at")} and {where}
        """)
        return dict(zip(names, values, strict=True))

    def open_prospects(self, where: str = "true") -> int:
        """Prospects when the month ended."""
        return int(
            self.one(f"""
                select count(*) from marts.prospects as entries
                inner join marts.lead_segments as people on entries.lead_id = people.lead_id
                where
                    entries.entered_at < date '{self.end}'
                    and (entries.left_at is null or entries.left_at >= date '{self.end}')
                    and {where}
            """)
        )

    def attainment(self, where: str = "true") -> tuple[int, int, int]:
        """Clocks met, met or breached, and those that run and are not due."""
        ((met, judged, running),) = self.ask(f"""
            select
                count(*) filter (status = 'met'),
                count(*) filter (status in ('met', 'breached')),
                count(*) filter (stopped_at is null and due_at > timestamp '{self.as_of}')
            from marts.sla_clocks
            where {self.within("started_at")} and lead_id is not null and {where}
        """)
        return met, judged, running

    def response(
        self, obligations: str = "'hand_raise_response', 'mql_first_contact'"
    ) -> tuple[int, int, float | None, float | None]:
        """Clocks answered, due, and the percentiles of which the unanswered are part."""
        ((answered, due, median, p90),) = self.ask(f"""
            select
                count(minutes), count(*),
                quantile_cont(coalesce(minutes, 1e12), 0.5),
                quantile_cont(coalesce(minutes, 1e12), 0.9)
            from (
                select case when voided_at is null then business_minutes_used end as minutes
                from marts.sla_clocks
                where
                    obligation in ({obligations}) and status <> 'void'
                    and {self.within("started_at")}
            ) as waits
        """)
        known = [value if value is not None and value < 1e9 else None for value in (median, p90)]
        return answered, due, known[0], known[1]

    def speed_to_lead(self) -> tuple[int, int, float | None]:
        """Episodes touched while they lasted, all, and the median of elapsed minutes."""
        ((touched, size, median),) = self.ask(f"""
            select
                count(first_touch_at), count(*),
                quantile_cont(coalesce(epoch(first_touch_at - entered_at) / 60, 1e12), 0.5)
            from marts.mqls where {self.within("entered_at")}
        """)
        return touched, size, median if median < 1e9 else None

    def leakage(self) -> tuple[int, int, int]:
        """MQLs without one attempt by twice the SLA, those for whom it has passed, the others."""
        rows = self.ask(f"""
            select
                twice_due_at <= timestamp '{self.as_of}',
                stopped_at is null or stopped_at > twice_due_at
            from marts.sla_clocks
            where
                obligation = 'mql_first_contact' and status <> 'void'
                and {self.within("started_at")}
        """)
        over = [bool(is_leaked) for is_over, is_leaked in rows if is_over]
        return sum(over), len(over), len(rows) - len(over)

    def cost(self) -> float:
        """Costs of the month."""
        return float(
            self.one(f"""
                select coalesce(sum(cost), 0) from marts.campaign_spend
                where month = date '{self.start}'
            """)
        )

    def first(self, mart: str) -> int:
        """Entries of the month that are the first of their person."""
        return int(
            self.one(f"""
                select count(*) from marts.{mart}s
                where {mart}_number = 1 and {self.within("entered_at")}
            """)
        )
