with by_score as (
    {{ truth_table(['score integer', 'fit integer', 'grade varchar', 'expected boolean'], [
        [71, 20, 'C', true],
        [70, 20, 'C', false],
        [71, 19, 'C', false],
        [100, 40, 'X', false],
        [75, 32, 'A', true],
    ]) }}
),

by_hand_raise as (
    {{ truth_table(['hand_raises integer', 'fit integer', 'grade varchar', 'expected boolean'], [
        [1, 20, 'C', true],
        [1, 19, 'C', false],
        [1, 4, 'U', true],
        [0, 40, 'A', false],
        [2, 40, 'X', false],
    ]) }}
),

exits as (
    {{ truth_table(['enters boolean', 'score integer', 'grade varchar', 'expected boolean'], [
        [false, 49, 'A', true],
        [false, 50, 'A', false],
        [true, 10, 'U', false],
        [false, 90, 'X', true],
        [true, 90, 'A', false],
    ]) }}
)

select 'score' as rule, score as number, grade from by_score
where {{ is_mql_by_score('score', 'fit', 'grade', 70, 20) }} is distinct from expected
union all
select 'hand_raise', hand_raises, grade from by_hand_raise
where {{ is_mql_by_hand_raise('hand_raises', 'fit', 'grade', 20) }} is distinct from expected
union all
select 'exit', score, grade from exits
where {{ is_mql_exit('enters', is_below_mql_exit('score', 50), 'grade') }} is distinct from expected
