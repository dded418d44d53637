with truth as (
    {{ truth_table(['by_verdict boolean', 'grade varchar', 'expected varchar'], [
        [true, 'A', 'verdict'],
        [true, 'X', 'verdict'],
        [false, 'X', 'exclusion'],
        [false, 'D', none],
        [false, 'U', none],
    ]) }}
)

select * from truth
where {{ disqualified_path('by_verdict', 'grade') }} is distinct from expected
