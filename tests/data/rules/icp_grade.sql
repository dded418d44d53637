with truth as (
    {{ truth_table([
        'fit integer', 'is_excluded boolean', 'is_known boolean', 'expected varchar', 'validated boolean'
    ], [
        [40, false, true, 'A', true],
        [32, false, true, 'A', true],
        [31, false, true, 'B', true],
        [26, false, true, 'B', true],
        [25, false, true, 'C', false],
        [16, false, true, 'C', false],
        [15, false, true, 'D', false],
        [4, false, false, 'U', false],
        [40, true, true, 'X', false],
        [0, true, false, 'X', false],
    ]) }}
),

graded as (
    select *, {{ icp_grade('fit', 'is_excluded', 'is_known', 32, 26, 16) }} as grade from truth
)

select * from graded
where
    grade is distinct from expected
    or {{ is_icp_validated('grade') }} is distinct from validated
    or {{ grade_of_code(grade_code('grade')) }} is distinct from grade
