with fit_boxes as (
    {{ truth_table(['grade varchar', 'expected boolean'], [
        ['A', true], ['B', true], ['C', false], ['D', false], ['X', false], ['U', none],
    ]) }}
),

answer_boxes as (
    {{ truth_table(['answer integer', 'expected boolean'], [[1, true], [2, false], [0, none]]) }}
),

engagement_boxes as (
    {{ truth_table(['intents integer', 'recent integer', 'expected boolean'], [
        [1, 0, true], [0, 2, true], [0, 1, false], [0, 0, false],
    ]) }}
),

required as (
    {{ truth_table(['requires varchar', 'need boolean', 'budget boolean', 'expected boolean'], [
        [none, false, none, true],
        ['need', true, none, true],
        ['need', none, true, false],
        ['need|budget', true, false, false],
        ['need|budget', true, true, true],
    ]) }}
),

failed as (
    {{ truth_table(['ticked integer', 'intents_since integer', 'expected boolean'], [
        [4, 0, true], [5, 0, false], [4, 1, false], [none, none, false],
    ]) }}
),

ticks as (
    {{ truth_table(['first boolean', 'second boolean', 'third boolean', 'expected integer', 'text varchar'], [
        [true, true, true, 3, 'yyy'],
        [true, false, none, 1, 'yn?'],
        [none, none, none, 0, '???'],
    ]) }}
)

select 'icp_fit' as rule, grade as input from fit_boxes
where {{ box_icp_fit('grade') }} is distinct from expected
union all
select 'answer', {{ as_text('answer') }} from answer_boxes
where {{ box_answered('answer') }} is distinct from expected
union all
select 'engagement', {{ as_text('intents') }} from engagement_boxes
where {{ box_engagement('intents', is_repeatedly_interested('recent')) }} is distinct from expected
union all
select 'required', requires from required
where {{ has_required_boxes('requires', {'need': 'need', 'budget': 'budget'}) }} is distinct from expected
union all
select 'failed', {{ as_text('ticked') }} from failed
where {{ is_checklist_failed('ticked', 5, 'intents_since') }} is distinct from expected
union all
select 'ticked', text from ticks
where
    {{ boxes_ticked(['first', 'second', 'third']) }} is distinct from expected
    or {{ boxes_as_text(['first', 'second', 'third']) }} is distinct from text
