{#- Each rate: its name, numerator, denominator, and who is not counted yet. -#}
{%- set rates = [
    ['lead_to_mql_cohort', 'converted_leads', 'mature_leads', 'immature_leads'],
    ['mql_to_sql_cohort', 'converted_mqls', 'mature_mqls', 'immature_mqls'],
    ['sql_to_prospect_cohort', 'converted_sqls', 'mature_sqls', 'immature_sqls'],
    ['prospect_to_customer_cohort', 'converted_prospects', 'mature_prospects', 'immature_prospects'],
    ['sql_to_customer_cohort', 'won_sqls', 'mature_sqls', 'immature_sqls'],
    ['lead_to_mql_period', 'mqls', 'leads', none],
    ['mql_to_sql_period', 'sqls', 'mqls', none],
    ['sql_to_prospect_period', 'prospects', 'sqls', none],
    ['prospect_to_customer_period', 'customers', 'prospects', none],
    ['re_mql', 're_mqls', 're_mql_decided', 're_mql_open'],
    ['win', 'won_deals', 'closed_deals', none],
    ['sla_met', 'clocks_met', 'clocks_decided', 'clocks_running'],
    ['leakage', 'leaked', 'leakage_decided', 'leakage_open'],
] + sales_feedback_rates() -%}
{%- set costs = [['lead', 'leads'], ['mql', 'first_mqls'], ['sql', 'first_sqls']] -%}
{%- set benchmarks = [
    'lead_to_mql', 'mql_to_sql', 'mql_to_accepted', 'accepted_to_sql', 'sql_to_won', 'speed_to_lead',
] -%}

with sums as (

    select * from {{ ref('int_monthly_sums') }}

),

settings as (

    select small_sample_below from {{ ref('int_kpi_settings') }}
    where {{ holds_at(as_of(), 'valid_from', 'valid_to') }}

),

benchmarks as (

    select
        {% for name in benchmarks %}
        max(
            case when kpi = '{{ name }}' then label_en || ' (' || source || '; trust: ' || trust || ')' end
        ) as {{ name }}_benchmark,
        {% endfor %}
        count(*) as benchmarks
    from {{ ref('kpi_benchmarks') }}

),

rated as (

    select
        sums.*,
        settings.small_sample_below,
        {% for name in benchmarks %}
        benchmarks.{{ name }}_benchmark,
        {% endfor %}
        {{ rate('sums.won_deals', 'sums.closed_deals') }} as win_rate,
        {{ rate('sums.won_amount', 'sums.valued_won_deals') }} as average_won_amount
    from sums
    cross join settings
    cross join benchmarks

),

final as (

    select
        segment_type,
        segment,
        month,

        -- how many
        leads,
        mqls,
        sqls,
        prospects,
        customers,
        first_mqls,
        first_sqls,
        open_prospects,

        -- rates
        {% for name, numerator, denominator, open in rates %}
        {{ numerator }} as {{ name }}_numerator,
        {{ denominator }} as {{ name }}_denominator,
        {{ rate(numerator, denominator) }} as {{ name }}_rate,
        {{ is_small_sample(denominator, 'small_sample_below') }} as is_{{ name }}_small,
        {% if open is not none %}
        {{ open }} as {{ name }}_immature,
        {{ open }} > 0 as is_{{ name }}_incomplete,
        {% endif %}
        {% endfor %}
        accepted_by_verdict,
        {{ as_double('won_amount') }} as win_value_numerator,
        {{ as_double('closed_amount') }} as win_value_denominator,
        {{ rate('won_amount', 'closed_amount') }} as win_value_rate,
        {{ is_small_sample('closed_deals', 'small_sample_below') }} as is_win_value_small,
        deals_without_rate,

        -- how much
        {{ as_double('won_amount') }} as average_won_amount_numerator,
        valued_won_deals as average_won_amount_denominator,
        average_won_amount,
        {{ is_small_sample('valued_won_deals', 'small_sample_below') }} as is_average_won_amount_small,
        {% for name, denominator in costs %}
        {{ as_double('cost') }} as cost_per_{{ name }}_numerator,
        {{ denominator }} as cost_per_{{ name }}_denominator,
        {{ rate('cost', denominator) }} as cost_per_{{ name }},
        {{ is_small_sample(denominator, 'small_sample_below') }} as is_cost_per_{{ name }}_small,
        {% endfor %}
        costs_without_rate,

        -- how long
        touched_mqls as speed_to_lead_numerator,
        mqls as speed_to_lead_denominator,
        speed_to_lead_median_minutes,
        speed_to_lead_p90_minutes,
        {{ is_small_sample('mqls', 'small_sample_below') }} as is_speed_to_lead_small,
        cycles as cycle_denominator,
        cycle_median_days,
        cycle_p90_days,
        {{ is_small_sample('cycles', 'small_sample_below') }} as is_cycle_small,
        responses_given as response_time_numerator,
        responses_due as response_time_denominator,
        response_median_business_minutes,
        response_p90_business_minutes,
        {{ is_small_sample('responses_due', 'small_sample_below') }} as is_response_time_small,

        -- what others report
        {% for name in benchmarks %}
        {{ name }}_benchmark,
        {% endfor %}

        -- how fast
        {{ pipeline_velocity(
            as_double('open_prospects'), 'win_rate', 'average_won_amount', 'cycle_median_days'
        ) }} as pipeline_velocity
    from rated

)

select * from final
