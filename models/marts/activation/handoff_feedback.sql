with feedback as (

    select * from {{ ref('int_handoff_feedback') }}

),

final as (

    select
        -- ids
        lead_id,
        week_start,
        owner_id,
        owner_name,
        team,
        rep_id,

        -- what was handed over, and what became of it
        handed_over_as,
        verdict,
        reason,
        reason_en,
        reason_fr,

        -- numbers
        touches,

        -- instants
        handed_over_at,
        verdict_at
    from feedback

)

select * from final
