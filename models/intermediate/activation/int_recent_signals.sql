{#- The signals of each person's last five days that had any, counted by day. -#}
with signals as (

    select lead_id, cast(signal_at as date) as signal_date, signal
    from {{ ref('int_signals') }}

),

days as (

    select
        lead_id,
        signal_date,
        row_number() over (partition by lead_id order by signal_date desc) as day_rank
    from signals
    group by lead_id, signal_date

),

labelled as (

    select
        signals.lead_id,
        signals.signal_date,
        coalesce(labels.label_en, replace(signals.signal, '_', ' ')) as label_en,
        coalesce(labels.label_fr, replace(signals.signal, '_', ' ')) as label_fr
    from signals
    inner join days
        on
            signals.lead_id = days.lead_id
            and signals.signal_date = days.signal_date
            and days.day_rank <= 5
    left join {{ ref('signal_labels') }} as labels on signals.signal = labels.signal

),

final as (

    select lead_id, signal_date, label_en, label_fr, count(*) as times from labelled
    group by lead_id, signal_date, label_en, label_fr

)

select * from final
