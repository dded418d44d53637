with truth as (
    {{ truth_table(['is_identified boolean', 'interest_signals integer', 'expected boolean'], [
        [true, 1, true],
        [true, 0, false],
        [false, 3, false],
    ]) }}
)

select * from truth
where {{ is_lead('is_identified', 'interest_signals') }} is distinct from expected
