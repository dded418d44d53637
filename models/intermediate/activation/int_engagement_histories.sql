{#- What a person did, in words a rep reads: the last five days with signals, the last three contents,
    and the signals whose points still count. -#}
with histories as (

    select
        {% for suffix, label in [('', 'label_en'), ('_fr', 'label_fr')] %}
        {{ joined(
            as_text('signal_date') ~ " || ' ' || " ~ label
            ~ " || case when times > 1 then ' x' || times else '' end",
            '; ', 'signal_date desc, ' ~ label
        ) }} as engagement_history{{ suffix }},
        {% endfor %}
        lead_id
    from {{ ref('int_recent_signals') }}
    group by lead_id

),

contents as (

    select lead_id, {{ joined('content_title', '; ', 'recency') }} as last_contents
    from {{ ref('int_last_contents') }}
    where recency <= 3
    group by lead_id

),

counting as (

    select
        credits.lead_id,
        coalesce(labels.label_en, replace(credits.signal, '_', ' ')) as label,
        sum(credits.points) as points
    from (
        select lead_id, signal, points from {{ ref('int_credits') }}
        where void_reason is null and epoch_ends_at = {{ end_of_time() }}
        union all
        select lead_id, signal, points from {{ ref('int_debits') }}
        where epoch_ends_at = {{ end_of_time() }} and debit_at <= {{ as_of() }}
    ) as credits
    left join {{ ref('signal_labels') }} as labels on credits.signal = labels.signal
    group by credits.lead_id, coalesce(labels.label_en, replace(credits.signal, '_', ' '))

),

score_signals as (

    select
        lead_id,
        {{ joined("label || ' ' || points", '; ', 'points desc, label') }} as score_signals
    from counting
    where points <> 0
    group by lead_id

),

final as (

    select
        people.lead_id,
        histories.engagement_history,
        histories.engagement_history_fr,
        contents.last_contents,
        score_signals.score_signals
    from {{ ref('int_people') }} as people
    left join histories on people.lead_id = histories.lead_id
    left join contents on people.lead_id = contents.lead_id
    left join score_signals on people.lead_id = score_signals.lead_id

)

select * from final
