with truth as (
    {{ truth_table([
        'cause varchar', 'rule varchar', 'path varchar', 'at_reset boolean', 'expected boolean'
    ], [
        ['definition', 'mql', 'score', false, true],
        ['identified', 'lead', 'interest', false, true],
        ['signal:demo_booked', 'mql', 'score', false, true],
        ['decay:demo_booked', 'mql', 'score', false, true],
        ['answers', 'mql', 'score', false, false],
        ['answers', 'sql', 'score_and_need', false, true],
        ['recycled', 'prospect', 'no_call', true, true],
        ['answers', 'prospect', 'no_call', true, false],
        ['objection', 'opted_out', 'objection', false, true],
        ['deal_won', 'customer', 'deal_won', false, true],
        ['meeting_booked', 'prospect', 'no_call', false, true],
        ['signal:demo_booked', 'prospect', 'no_call', false, false],
        ['signal:demo_booked', 'prospect', 'deal', false, true],
        ['fit', 'disqualified', 'exclusion', false, true],
        ['deal_won', 'lead', 'interest', false, false],
    ]) }}
)

select * from truth
where {{ can_turn('cause', 'rule', 'path', 'at_reset') }} is distinct from expected
