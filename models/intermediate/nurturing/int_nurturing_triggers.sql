{#- Whatever takes a person into a nurturing track. -#}
with tracks as (

    select * from {{ ref('nurturing_tracks') }}

),

recycled as (

    select
        lead_id,
        occurred_at,
        coalesce(min(reason), 'recycled_without_reason') as reason
    from {{ ref('int_activities') }}
    where verdict = 'recycled'
    group by lead_id, occurred_at

),

happenings as (

    select lead_id, 'signal' as kind, signal as name, signal_at as happened_at, signal as reason
    from {{ ref('int_signals') }}
    where signal_at <= {{ as_of() }}
    union all
    select
        lead_id, 'activity', activity_type || '_' || outcome, occurred_at, activity_type || '_' || outcome
    from {{ ref('int_activities') }}
    where outcome is not null and not coalesce(is_automated, false)
    union all
    select
        stays.lead_id, 'stage', stays.stage, stays.valid_from, coalesce(recycled.reason, stays.path)
    from {{ ref('int_lead_stays') }} as stays
    left join recycled on stays.lead_id = recycled.lead_id and stays.valid_from = recycled.occurred_at
    union all
    select lead_id, 'episode', 'mql_expired_untouched', left_at, 'mql_expired_untouched'
    from {{ ref('int_untouched_episodes') }}

),

final as (

    select
        happenings.lead_id,
        tracks.track,
        tracks.stages,
        tracks.try_again_after_days,
        happenings.happened_at,
        happenings.reason
    from happenings
    inner join tracks on happenings.kind = tracks.trigger_kind and happenings.name = tracks.trigger_name

)

select * from final
