with truth as (
    {{ truth_table(['cause varchar', 'rule varchar', 'at_reset boolean', 'expected boolean'], [
        ['definition', 'mql', false, true],
        ['identified', 'lead', false, true],
        ['signal:demo_booked', 'mql', false, true],
        ['decay:demo_booked', 'mql', false, true],
        ['answers', 'mql', false, false],
        ['answers', 'sql', false, true],
        ['recycled', 'prospect', true, true],
        ['answers', 'prospect', true, false],
        ['objection', 'opted_out', false, true],
        ['deal_won', 'customer', false, true],
        ['meeting_booked', 'prospect', false, true],
        ['fit', 'disqualified', false, true],
        ['deal_won', 'lead', false, false],
    ]) }}
)

select * from truth
where {{ can_turn('cause', 'rule', 'at_reset') }} is distinct from expected
