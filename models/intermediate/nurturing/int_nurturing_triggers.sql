{#- Whatever takes a person into a nurturing track, or says that nobody is to try again. -#}
with tracks as (

    select * from {{ ref('nurturing_tracks') }}

),

stays as (

    select * from {{ ref('int_lead_stays') }}

),

sent_back as (

    -- of several verdicts at one instant, the last that names a reason
    select
        lead_id,
        occurred_at,
        activity_id,
        reason,
        row_number() over (
            partition by lead_id, occurred_at
            order by case when reason is null then 1 else 0 end, activity_id desc
        ) as place
    from {{ ref('int_activities') }}
    where verdict = 'recycled'

),

happenings as (

    select
        lead_id, 'signal' as kind, signal as name, signal_at as happened_at, signal as reason,
        false as is_said_by_rep, fact_id, is_activity
    from {{ ref('int_signals') }}
    where signal_at <= {{ as_of() }}
    union all
    select
        lead_id, 'activity', activity_type || '_' || outcome, occurred_at, activity_type || '_' || outcome,
        false, activity_id, true
    from {{ ref('int_activities') }}
    where outcome is not null and not coalesce(is_automated, false)
    union all
    -- sent back into a stage, or once more while in it
    select
        sent_back.lead_id, 'stage', stays.stage, sent_back.occurred_at,
        coalesce(sent_back.reason, 'recycled_without_reason'), sent_back.reason is not null,
        sent_back.activity_id, true
    from sent_back
    inner join stays
        on
            sent_back.lead_id = stays.lead_id
            and sent_back.occurred_at >= stays.valid_from
            and sent_back.occurred_at < coalesce(stays.valid_to, {{ end_of_time() }})
    where sent_back.place = 1
    union all
    select stays.lead_id, 'stage', stays.stage, stays.valid_from, stays.path, false, stays.change_id, true
    from stays
    left join sent_back on stays.lead_id = sent_back.lead_id and stays.valid_from = sent_back.occurred_at
    where sent_back.lead_id is null
    union all
    select
        lead_id, 'episode', 'mql_expired_untouched', left_at, 'mql_expired_untouched', false,
        {{ as_text('mql_number') }}, true
    from {{ ref('int_untouched_episodes') }}

),

final as (

    select
        happenings.lead_id,
        tracks.track,
        tracks.stages,
        tracks.try_again_after_days,
        tracks.due_within_days,
        happenings.happened_at,
        happenings.reason,
        happenings.is_said_by_rep,
        happenings.fact_id,
        contents.content_title
    from happenings
    inner join tracks on happenings.kind = tracks.trigger_kind and happenings.name = tracks.trigger_name
    left join {{ ref('int_interactions') }} as contents
        on
            happenings.lead_id = contents.lead_id
            and happenings.fact_id = contents.fact_id
            and happenings.is_activity = contents.is_activity

)

select * from final
