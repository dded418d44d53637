{#- Every entry of a person into a stage of the funnel, and how far it went before the next entry into
    the same stage: so what was reached counts once, for the latest entry before it. -#}
{%- set stages = funnel_stages() -%}

with numbered as (

    select * from {{ ref('int_numbered_entries') }}

),

reached as (

    select
        numbered.lead_id,
        numbered.stage,
        numbered.entry_number,
        {% for stage in stages[1:] %}
        min(case when later.stage = '{{ stage }}' then later.entered_at end) as reached_{{ stage }}_at,
        {% endfor %}
        min(
            case when later.stage_number = numbered.stage_number + 1 then later.entered_at end
        ) as converted_at
    from numbered
    inner join numbered as later
        on
            numbered.lead_id = later.lead_id
            and numbered.stage_number < later.stage_number
            and numbered.entered_at <= later.entered_at
            and coalesce(numbered.next_entered_at, {{ end_of_time() }}) > later.entered_at
    group by numbered.lead_id, numbered.stage, numbered.entry_number

),

credited as (

    select * from {{ ref('int_credited_assets') }}

),

outcomes as (

    -- the stage is joined on as a column: a condition on one side alone compares each with each
    select *, 'mql' as stage from {{ ref('int_mql_outcomes') }}

),

answers as (

    select *, 'sql' as stage from {{ ref('int_sql_answers') }}

),

settings as (

    select * from {{ ref('int_kpi_settings') }}

),

judged as (

    select
        numbered.*,
        {% for stage in stages[1:] %}
        reached.reached_{{ stage }}_at,
        {% endfor %}
        reached.converted_at,
        credited.campaign_id,
        credited.content_id,
        outcomes.first_touch_at,
        outcomes.returned_at,
        outcomes.return_reason,
        outcomes.contested_at,
        answers.answer,
        answers.is_accepted_by_verdict,
        answers.answered_at,
        settings.maturity_days,
        settings.contest_days,
        settings.acceptance_expires_days,
        settings_at_return.re_mql_days
    from numbered
    inner join settings on {{ holds_at('numbered.entered_at', 'settings.valid_from', 'settings.valid_to') }}
    left join reached
        on
            numbered.lead_id = reached.lead_id
            and numbered.stage = reached.stage
            and numbered.entry_number = reached.entry_number
    left join credited
        on
            numbered.lead_id = credited.lead_id
            and numbered.stage = credited.stage
            and numbered.entry_number = credited.entry_number
    left join outcomes
        on
            numbered.lead_id = outcomes.lead_id
            and numbered.stage = outcomes.stage
            and numbered.entry_number = outcomes.mql_number
    left join answers
        on
            numbered.lead_id = answers.lead_id
            and numbered.stage = answers.stage
            and numbered.entry_number = answers.sql_number
    left join settings as settings_at_return
        on
            {{ holds_at(
                'outcomes.returned_at', 'settings_at_return.valid_from', 'settings_at_return.valid_to'
            ) }}

),

final as (

    select
        stage || ':' || {{ as_text('entry_number') }} || ':' || lead_id as entry_id,
        lead_id,
        stage,
        path,
        campaign_id,
        content_id,
        return_reason,
        answer,
        is_accepted_by_verdict,
        entry_number,
        {{ has_passed('entered_at', 'maturity_days') }} as is_mature,
        {{ has_passed('entered_at', 'maturity_days') }}
        and {{ is_within('converted_at', 'entered_at', 'maturity_days') }} as is_converted,
        case
            when stage = 'sql'
                then
                    {{ has_passed('entered_at', 'maturity_days') }}
                    and {{ is_within('reached_customer_at', 'entered_at', 'maturity_days') }}
        end as is_won,
        case
            when stage = 'sql' then {{ has_passed('entered_at', 'acceptance_expires_days') }}
        end as is_acceptance_over,
        case
            when stage = 'mql'
                then
                    {{ has_passed('entered_at', 'maturity_days') }}
                    and {{ is_within('returned_at', 'entered_at', 'maturity_days') }}
        end as is_returned,
        case
            when stage = 'mql' then {{ has_passed('entered_at', 'contest_days') }}
        end as is_contest_over,
        case
            when stage = 'mql'
                then {{ has_passed('entered_at', 'contest_days') }} and contested_at is not null
        end as is_contested,
        case
            when returned_at is not null then {{ has_passed('returned_at', 're_mql_days') }}
        end as is_re_mql_over,
        case
            when returned_at is not null
                then
                    {{ has_passed('returned_at', 're_mql_days') }}
                    and {{ is_within('next_entered_at', 'returned_at', 're_mql_days') }}
        end as is_re_mql,
        {{ seconds_between('entered_at', 'first_touch_at') }} as seconds_to_first_touch,
        entered_at,
        left_at,
        next_entered_at,
        {% for stage in stages[1:] %}
        reached_{{ stage }}_at,
        {% endfor %}
        first_touch_at,
        returned_at,
        contested_at,
        answered_at,
        {{ days_after('entered_at', 'maturity_days') }} as matures_at,
        case when stage = 'mql' then {{ days_after('entered_at', 'contest_days') }} end as contest_over_at,
        {{ days_after('returned_at', 're_mql_days') }} as re_mql_over_at
    from judged

)

select * from final
