with by_score as (
    {{ truth_table(['score integer', 'box_need boolean', 'needs_confirmed integer', 'expected boolean'], [
        [81, true, 1, true],
        [80, true, 1, false],
        [81, true, 0, false],
        [81, false, 1, false],
        [81, none, 1, false],
    ]) }}
),

by_answers as (
    {{ truth_table(['need boolean', 'authority boolean', 'timing boolean', 'expected boolean'], [
        [true, true, true, true],
        [true, true, none, false],
        [true, false, true, false],
        [none, none, none, false],
    ]) }}
),

by_checklist as (
    {{ truth_table(['ticked integer', 'has_required boolean', 'expected boolean'], [
        [5, true, true],
        [6, true, true],
        [4, true, false],
        [5, false, false],
    ]) }}
),

by_verdict as (
    {{ truth_table(['verdicts integer', 'suffices boolean', 'expected boolean'], [
        [1, true, true],
        [1, false, false],
        [0, true, false],
    ]) }}
)

select 'score_and_need' as rule, score as number from by_score
where
    {{ is_sql_by_score_and_need(is_very_engaged('score', 80), 'box_need', 'needs_confirmed') }}
    is distinct from expected
union all
select 'need_authority_timing', null from by_answers
where {{ is_sql_by_need_authority_timing('need', 'authority', 'timing') }} is distinct from expected
union all
select 'checklist', ticked from by_checklist
where {{ is_sql_by_checklist('ticked', 'has_required', 5) }} is distinct from expected
union all
select 'qualified_verdict', verdicts from by_verdict
where {{ is_sql_by_verdict('verdicts', 'suffices') }} is distinct from expected
