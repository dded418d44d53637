{#- Prospects with the last word between them and us, and when they count as stale; some in the past. -#}
with prospects as (

    select lead_id, valid_from from {{ ref('int_lead_stays') }}
    where stage = 'prospect' and valid_to is null

),

words as (

    select lead_id, valid_from as spoken_at from prospects
    union all
    select lead_id, signal_at from {{ ref('int_signals') }}
    where category <> 'negative'
    union all
    select lead_id, occurred_at from {{ ref('int_activities') }}
    where not is_automated

),

last_words as (

    select prospects.lead_id, max(words.spoken_at) as last_word_at
    from prospects
    inner join words on prospects.lead_id = words.lead_id
    group by prospects.lead_id

),

final as (

    select
        last_words.lead_id,
        last_words.last_word_at,
        {{ stale_at('last_words.last_word_at', 'settings.stale_prospect_days') }} as stale_at
    from last_words
    inner join {{ ref('int_kpi_settings') }} as settings
        on {{ holds_at('last_words.last_word_at', 'settings.valid_from', 'settings.valid_to') }}

)

select * from final
