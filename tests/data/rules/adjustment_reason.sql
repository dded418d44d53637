with truth as (
    {{ truth_table([
        'axis varchar', 'is_at_reset boolean', 'is_at_new_definition boolean', 'capped integer', 'expected varchar'
    ], [
        ['engagement', true, true, -3, 'reset'],
        ['engagement', false, true, -3, 'definition'],
        ['engagement', false, false, -3, 'group_cap'],
        ['engagement', false, false, 0, 'engagement_limit'],
        ['fit', true, false, 0, 'fit_limit'],
        ['fit', false, true, 0, 'definition'],
    ]) }}
)

select * from truth
where
    {{ adjustment_reason('axis', 'is_at_reset', 'is_at_new_definition', 'capped') }}
    is distinct from expected
