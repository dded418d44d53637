{#- What the monthly KPIs are made of, per segment and month, each counted in the month of its own
    event: entries by entry, what was sent back by the verdict, deals by their close, costs by their
    date; open prospects as they stood when the month ended, or stand now. -#}
{%- set counts = entry_figures() -%}
{%- set percentiles = {
    'speed_to_lead_median_minutes':
        censored_percentile_of_seconds('seconds_to_first_touch', "stage = 'mql'", 0.5, 60),
    'speed_to_lead_p90_minutes': censored_percentile_of_seconds('seconds_to_first_touch', "stage = 'mql'", 0.9, 60),
} -%}
{%- set returns = {
    're_mql_decided': counted('is_re_mql_over'),
    're_mql_open': counted('not is_re_mql_over'),
    're_mqls': counted('is_re_mql'),
} -%}
{%- set deals = {
    'won_deals': counted("status = 'won'"),
    'closed_deals': counted("status in ('won', 'lost')"),
    'deals_without_rate': counted("reported_amount is null"),
    'valued_won_deals': counted("status = 'won' and reported_amount is not null"),
    'won_amount': "coalesce(sum(case when status = 'won' then reported_amount end), 0)",
    'closed_amount': "coalesce(sum(reported_amount), 0)",
    'cycles': counted('cycle_seconds is not null'),
} -%}
{%- set cycles = {
    'cycle_median_days': percentile_of_seconds('cycle_seconds', 0.5, 86400),
    'cycle_p90_days': percentile_of_seconds('cycle_seconds', 0.9, 86400),
} -%}
{%- set open_prospects = {'open_prospects': counted('true')} -%}
{%- set parts = {
    'entry_sums': [counts, percentiles], 'return_sums': [returns], 'deal_sums': [deals, cycles],
    'pipeline_sums': [open_prospects],
} -%}

with entries as (

    select
        *,
        {{ month_of('returned_at') }} as returned_month
    from {{ ref('int_segmented_entries') }}

),

returned_entries as (

    select * from entries
    where returned_at is not null

),

closed_deals as (

    select * from {{ ref('int_segmented_deals') }}
    where closed_at is not null

),

months as (

    select distinct month from entries
    union
    select {{ month_of(as_of()) }} as month

),

month_ends as (

    select month, {{ next_month_at('cast(month as timestamp)') }} as ends_at from months

),

open_prospects as (

    select month_ends.month as open_month, entries.*
    from entries
    inner join month_ends
        on
            entries.entered_at < month_ends.ends_at
            and (
                entries.left_at is null
                or entries.left_at >= month_ends.ends_at
            )
    where entries.stage = 'prospect'

),

entry_sums as (

    {{ by_every_segment('entries', ['month'], dict(counts, **percentiles)) }}

),

return_sums as (

    {{ by_every_segment('returned_entries', ['returned_month'], returns) }}

),

deal_sums as (

    {{ by_every_segment('closed_deals', ['month'], dict(deals, **cycles)) }}

),

pipeline_sums as (

    {{ by_every_segment('open_prospects', ['open_month'], open_prospects) }}

),

cost_sums as (

    {{ by_every_segment(
        ref('int_segmented_costs'), ['month'],
        {'cost': 'sum(cost)', 'costs_without_rate': counted('cost is null')},
        ['lever', 'lead_source']
    ) }}

),

sla_sums as (

    select * from {{ ref('int_sla_sums') }}

),

segments_and_months as (

    select segment_type, segment, month from entry_sums
    union
    select segment_type, segment, returned_month from return_sums
    union
    select segment_type, segment, month from deal_sums
    union
    select segment_type, segment, open_month from pipeline_sums
    union
    select segment_type, segment, month from cost_sums
    union
    select segment_type, segment, month from sla_sums

),

final as (

    select
        segments_and_months.segment_type,
        segments_and_months.segment,
        segments_and_months.month,
        {% for part, figures in parts.items() %}
        {% for name in figures[0] %}
        coalesce({{ part }}.{{ name }}, 0) as {{ name }},
        {% endfor %}
        {% for name in (figures[1:] | first | default({})) %}
        {{ part }}.{{ name }},
        {% endfor %}
        {% endfor %}
        case
            when segments_and_months.segment_type in ('all', 'lever', 'lead_source')
                then {{ known_cost('cost_sums.cost', 'cost_sums.costs_without_rate') }}
        end as cost,
        coalesce(cost_sums.costs_without_rate, 0) as costs_without_rate,
        coalesce(sla_sums.responses_due, 0) as responses_due,
        coalesce(sla_sums.responses_given, 0) as responses_given,
        sla_sums.response_median_business_minutes,
        sla_sums.response_p90_business_minutes,
        coalesce(sla_sums.clocks_met, 0) as clocks_met,
        coalesce(sla_sums.clocks_decided, 0) as clocks_decided,
        coalesce(sla_sums.clocks_running, 0) as clocks_running,
        coalesce(sla_sums.leaked, 0) as leaked,
        coalesce(sla_sums.leakage_decided, 0) as leakage_decided,
        coalesce(sla_sums.leakage_open, 0) as leakage_open
    from segments_and_months
    {% for part, month in [
        ['entry_sums', 'month'], ['return_sums', 'returned_month'], ['deal_sums', 'month'],
        ['pipeline_sums', 'open_month'], ['cost_sums', 'month'], ['sla_sums', 'month'],
    ] %}
    left join {{ part }}
        on
            segments_and_months.segment_type = {{ part }}.segment_type
            and segments_and_months.segment = {{ part }}.segment
            and segments_and_months.month = {{ part }}.{{ month }}
    {% endfor %}

)

select * from final
