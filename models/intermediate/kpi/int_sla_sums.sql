{#- The KPIs of service levels, per segment and month in which the clock started: the one place where
    SLA clocks enter the KPIs, everybody's. -#}
{%- set responses = "obligation in ('hand_raise_response', 'mql_first_contact')" -%}
{%- set counted_responses = responses ~ " and status <> 'void'" -%}
{%- set segments = segment_types() | reject('equalto', 'business_type') | list -%}

with clocks as (

    {{ with_untouched('int_sla_clocks', 'marts', 'sla_clocks', [
        'obligation', 'status', 'is_leaked', 'started_at', 'business_minutes_used', 'voided_at',
    ]) }}

),

people as (

    {{ with_untouched('int_lead_segments', 'marts', 'lead_segments', ['company_id'] + segments) }}

),

accounts as (

    select * from {{ ref('int_customer_accounts') }}

),

segmented as (

    select
        clocks.*,
        {{ month_of('clocks.started_at') }} as month,
        {% for segment in segments %}
        people.{{ segment }},
        {% endfor %}
        {{ business_type('clocks.started_at', 'accounts.won_at') }} as business_type,
        -- somebody who left unanswered, late, was not answered
        case when clocks.voided_at is null then clocks.business_minutes_used end as response_minutes
    from clocks
    inner join people on clocks.lead_id = people.lead_id
    left join accounts on coalesce(people.company_id, people.lead_id) = accounts.account_id

),

final as (

    {{ by_every_segment('segmented', ['month'], {
        'responses_due': counted(counted_responses),
        'responses_given': counted(counted_responses ~ ' and response_minutes is not null'),
        'response_median_business_minutes': censored_percentile_of_seconds(
            'response_minutes', counted_responses, 0.5, 1
        ),
        'response_p90_business_minutes': censored_percentile_of_seconds(
            'response_minutes', counted_responses, 0.9, 1
        ),
        'clocks_met': counted("status = 'met'"),
        'clocks_decided': counted("status in ('met', 'breached')"),
        'clocks_running': counted("status in ('open', 'at_risk')"),
        'leaked': counted('is_leaked'),
        'leakage_decided': counted('is_leaked is not null'),
        'leakage_open': counted("obligation = 'mql_first_contact' and status <> 'void' and is_leaked is null"),
    }) }}

)

select * from final
