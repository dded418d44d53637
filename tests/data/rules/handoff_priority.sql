with people as (
    {{ truth_table([
        'sla_status varchar', 'has_hand_raise boolean', 'temperature varchar', 'expected integer'
    ], [
        ['breached', true, 'hot', 0],
        ['breached', true, 'warm', 1],
        ['breached', true, 'cold', 2],
        ['breached', false, 'hot', 3],
        ['breached', false, 'cold', 5],
        ['at_risk', true, 'hot', 6],
        ['at_risk', false, 'warm', 10],
        ['at_risk', false, 'cold', 11],
        ['open', true, 'hot', 12],
        ['open', true, 'cold', 14],
        ['open', false, 'hot', 15],
        [none, true, 'hot', 12],
        [none, false, 'cold', 17],
        [none, false, none, 17],
    ]) }}
)

select sla_status, has_hand_raise, temperature, expected from people
where {{ handoff_priority('sla_status', 'has_hand_raise', 'temperature') }} is distinct from expected
