{#- Everything that ever moves a lead, in one shape: at this instant, this measure changes by so
    much. Measures with an epoch start from zero in every epoch. -#}
with final as (

    {% for deltas in [
        'int_clock_deltas', 'int_score_deltas', 'int_signal_deltas', 'int_interest_deltas',
        'int_answer_deltas', 'int_activity_deltas', 'int_deal_deltas',
        'int_opt_out_deltas', 'int_dialogue_deltas',
    ] %}
    select lead_id, epoch, measure, instant, delta from {{ ref(deltas) }}
    {{ 'union all' if not loop.last }}
    {% endfor %}

)

select * from final
