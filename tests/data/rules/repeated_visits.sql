with truth as (
    {{ truth_table(['visited_at timestamp', 'second_before_at timestamp', 'expected boolean'], [
        ['2026-03-10 10:00:00', '2026-03-03 10:00:00', true],
        ['2026-03-10 10:00:01', '2026-03-03 10:00:00', false],
        ['2026-03-10 10:00:00', none, false],
    ]) }}
)

select * from truth
where {{ is_repeated_visit('visited_at', 'second_before_at') }} is distinct from expected
