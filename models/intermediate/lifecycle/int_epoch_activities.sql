{#- Sales activities with the epoch they count in; the one that resets counts in none. -#}
with activities as (

    select * from {{ ref('int_activities') }}
    where not is_reset

),

final as (

    select
        activities.*,
        epochs.epoch,
        epochs.valid_to as epoch_ends_at
    from activities
    inner join {{ ref('int_epochs') }} as epochs
        on
            activities.lead_id = epochs.lead_id
            and {{ holds_at('activities.occurred_at', 'epochs.valid_from', 'epochs.valid_to') }}

)

select * from final
