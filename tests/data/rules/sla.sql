{%- set now = "cast('2026-03-10 12:00:00' as timestamp)" -%}
with statuses as (
    {{ truth_table([
        'stopped_at timestamp', 'void_at timestamp', 'due_at timestamp', 'used integer', 'expected varchar'
    ], [
        [none, none, '2026-03-11', 79, 'open'],
        [none, none, '2026-03-11', 80, 'at_risk'],
        [none, none, '2026-03-10 12:00:00', 100, 'breached'],
        [none, none, '2026-03-10', 300, 'breached'],
        ['2026-03-10', none, '2026-03-10', 100, 'met'],
        ['2026-03-10 00:00:01', none, '2026-03-10', 101, 'breached'],
        ['2026-03-09', '2026-03-09', '2026-03-10', 50, 'met'],
        ['2026-03-09', '2026-03-08', '2026-03-10', 50, 'void'],
        [none, '2026-03-10', '2026-03-10', 50, 'void'],
        [none, '2026-03-10 00:00:01', '2026-03-10', 101, 'breached'],
        ['2026-03-11', '2026-03-12', '2026-03-10', 150, 'breached'],
    ]) }}
),

ends as (
    {{ truth_table(['stopped_at timestamp', 'void_at timestamp', 'expected timestamp'], [
        [none, none, '2026-03-10 12:00:00'],
        ['2026-03-09', none, '2026-03-09'],
        [none, '2026-03-08', '2026-03-08'],
        ['2026-03-09', '2026-03-08', '2026-03-08'],
    ]) }}
),

attempts as (
    {{ truth_table(['attempts integer', 'channels integer', 'expected boolean'], [
        [5, 2, true], [4, 2, false], [5, 1, false], [9, 3, true],
    ]) }}
),

verdicts as (
    {{ truth_table([
        'verdict varchar', 'reason varchar', 'ends_verdict boolean', 'ends_acceptance boolean'
    ], [
        ['qualified', none, true, false],
        ['accepted', none, false, true],
        ['recycled', 'no_budget', true, true],
        ['recycled', none, false, false],
        ['disqualified', 'no_need', true, true],
        ['disqualified', none, false, false],
        ['reopened', 'new_contact_at_account', false, false],
        [none, none, none, none],
    ]) }}
),

stages as (
    {{ truth_table(['stage varchar', 'expected boolean'], [
        ['customer', true], ['opted_out', true], ['disqualified', true], ['nurturing', false], ['mql', false],
    ]) }}
),

facts as (
    {{ truth_table(['event_type varchar', 'expected boolean'], [
        ['call_answered', true], ['call_no_answer', false], ['meeting_held', true], ['meeting_booked', false],
        ['email_reply', true], ['email_open', false], ['call_pricing_discussed', true],
    ]) }}
)

select 'status' as what, expected as found from statuses
where {{ sla_status('stopped_at', 'void_at', 'due_at', 'used', '100', now) }} is distinct from expected
union all
select 'end', {{ as_text('expected') }} from ends
where {{ sla_ended_at('stopped_at', 'void_at', now) }} is distinct from expected
union all
select 'attempts', {{ as_text('attempts') }} from attempts
where {{ are_attempts_enough('attempts', 'channels', '5', '2') }} is distinct from expected
union all
select 'verdict', verdict from verdicts
where
    {{ is_reasoned_verdict('verdict', 'reason') }} is distinct from ends_verdict
    or {{ is_reasoned_answer('verdict', 'reason') }} is distinct from ends_acceptance
union all
select 'stage', stage from stages
where {{ is_beyond_obligations('stage') }} is distinct from expected
union all
select 'two-way', event_type from facts
where {{ is_two_way_contact('event_type') }} is distinct from expected
