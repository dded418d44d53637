{#- Everybody's entries into the funnel with what they are reported under. -#}
{%- set columns = [
    'stage', 'campaign_id', 'content_id', 'return_reason', 'answer', 'entry_number', 'is_mature',
    'is_converted', 'is_won', 'is_acceptance_over', 'is_accepted_by_verdict', 'is_returned',
    'is_contest_over', 'is_contested', 'is_re_mql_over', 'is_re_mql', 'entered_at', 'left_at',
    'reached_mql_at', 'reached_sql_at', 'reached_prospect_at', 'reached_customer_at',
    'first_touch_at', 'seconds_to_first_touch', 'returned_at',
] -%}
{%- set segments = segment_types() | reject('equalto', 'business_type') | list -%}

with entries as (

    {{ with_untouched('int_stage_entries', 'marts', 'funnel_entries', columns) }}

),

people as (

    {{ with_untouched('int_lead_segments', 'marts', 'lead_segments', ['company_id'] + segments) }}

),

accounts as (

    select * from {{ ref('int_customer_accounts') }}

),

final as (

    select
        entries.lead_id,
        {{ month_of('entries.entered_at') }} as month,
        {% for column in columns %}
        entries.{{ column }},
        {% endfor %}
        {% for segment in segments %}
        people.{{ segment }},
        {% endfor %}
        {{ business_type('entries.entered_at', 'accounts.won_at') }} as business_type
    from entries
    inner join people on entries.lead_id = people.lead_id
    left join accounts on coalesce(people.company_id, people.lead_id) = accounts.account_id

)

select * from final
