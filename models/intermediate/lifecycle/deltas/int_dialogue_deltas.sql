{#- What of the commercial dialogue is less than 30 days old; it makes a prospect's temperature. -#}
with facts as (

    select
        lead_id,
        occurred_at,
        event_type = 'proposal_requested' as is_proposal,
        event_type = 'pricing_question' or event_type like '%pricing_discussed' as is_pricing_talk,
        -- pricing discussed in a meeting or a call: it took place
        event_type in ('meeting_held', 'meeting_pricing_discussed') as is_meeting_held,
        {{ is_two_way_contact('event_type') }} as is_two_way
    from {{ ref('int_interactions') }}
    where occurred_at <= {{ as_of() }}

),

spans as (

    {% for measure, fact in {
        'recent_proposals': 'is_proposal',
        'recent_pricing_talks': 'is_pricing_talk',
        'recent_meetings_held': 'is_meeting_held',
        'recent_two_way': 'is_two_way',
    }.items() %}
    select
        lead_id, cast(null as bigint) as epoch, '{{ measure }}' as measure,
        occurred_at as valid_from, {{ days_after('occurred_at', 30) }} as valid_to
    from facts
    where {{ fact }}
    {{ 'union all' if not loop.last }}
    {% endfor %}

),

final as (

    {{ span_deltas('spans', 'lead_id, epoch, measure') }}

)

select * from final
