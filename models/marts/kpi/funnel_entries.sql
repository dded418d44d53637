with final as (

    select
        -- ids
        entry_id,
        lead_id,

        -- what and by which way
        stage,
        path,
        campaign_id,
        content_id,
        answer,
        return_reason,

        -- numbers
        entry_number,
        seconds_to_first_touch,

        -- booleans
        is_accepted_by_verdict,
        is_mature,
        is_converted,
        is_won,
        is_acceptance_over,
        is_returned,
        is_contest_over,
        is_contested,
        is_re_mql_over,
        is_re_mql,

        -- instants
        entered_at,
        left_at,
        next_entered_at,
        reached_mql_at,
        reached_sql_at,
        reached_prospect_at,
        reached_customer_at,
        first_touch_at,
        returned_at,
        contested_at,
        answered_at
    from {{ ref('int_stage_entries') }}

)

select * from final
