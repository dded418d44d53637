-- The yardstick: what one statement, written by hand for DuckDB, needs to score the same events.
--
-- It finds the signal of each event (the first row of the catalogue that matches its type and page),
-- gives it its points up to its limit per person and day, posts the debits of its decay profile,
-- sums all postings of a person in time order, and keeps every instant at which that balance comes
-- from below 50 to 50 or more. It knows nothing of identity, fit, epochs, group caps, stages, causes or
-- explanations: whatever the models take beyond this is the price of those.
--
-- Reads: events (person, event_id, occurred_at, event_type, page_url), and the rows of the
-- definitions in force: signal_catalogue, scoring_rules, decay_profiles. Variable: as_of.
create or replace table crossings as
with kinds as (
    -- pages are matched once per page, not once per visit
    select seen.event_type, seen.page_url, arg_min(signal_catalogue.signal, signal_catalogue.priority) as signal
    from (select distinct event_type, page_url from events) as seen
    inner join signal_catalogue
        on
            seen.event_type = signal_catalogue.event_type
            and (
                signal_catalogue.url_pattern is null
                or len(list_filter(
                    string_split(signal_catalogue.url_pattern, '|'),
                    lambda pattern: contains(lower(coalesce(seen.page_url, '')), lower(pattern))
                )) > 0
            )
    group by all
),

rules as (
    select kinds.event_type, kinds.page_url, scoring_rules.*
    from kinds
    inner join scoring_rules on kinds.signal = scoring_rules.signal
    where scoring_rules.points <> 0
),

debits as (
    -- what each step takes from so many points: the difference of two rounded remainders
    select
        points,
        decay_profile,
        after_days,
        cast(
            round(points * remaining_percent / 100.0)
            - round(points * lag(remaining_percent, 1, 100) over steps / 100.0) as integer
        ) as points_taken
    from (select distinct points, decay_profile from rules)
    inner join decay_profiles using (decay_profile)
    window steps as (partition by points, decay_profile order by after_days)
),

scored as (
    select
        events.person, events.event_id, events.occurred_at,
        rules.signal, rules.points, rules.max_per_day, rules.decay_profile
    from events
    inner join rules
        on events.event_type = rules.event_type and events.page_url is not distinct from rules.page_url
    where events.occurred_at <= getvariable('as_of')
),

credits as (
    select person, occurred_at, points, decay_profile
    from scored
    where max_per_day is null
    union all
    select person, occurred_at, points, decay_profile
    from scored
    where max_per_day is not null
    qualify row_number() over (
        partition by person, signal, cast(occurred_at as date) order by occurred_at, event_id
    ) <= max_per_day
),

postings as (
    select person, occurred_at as instant, points from credits
    union all
    select credits.person, credits.occurred_at + to_days(debits.after_days) as instant, debits.points_taken
    from credits
    inner join debits using (points, decay_profile)
    where debits.points_taken <> 0
),

moves as (
    -- all postings of one instant count together
    select person, instant, cast(sum(points) as integer) as points
    from postings
    where instant <= getvariable('as_of')
    group by person, instant
),

balances as (
    -- a person's instants differ, so rows will do, and are quicker than peers
    select
        *,
        sum(points) over (
            partition by person order by instant rows unbounded preceding
        ) as balance
    from moves
)

select person, instant as crossed_at, cast(balance as integer) as balance
from balances
where balance >= 50 and balance - points < 50;
