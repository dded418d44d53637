{%- set now = "cast('2026-03-10 12:00:00' as timestamp)" -%}
with statuses as (
    {{ truth_table([
        'stopped_at timestamp', 'void_at timestamp', 'at_risk_at timestamp', 'due_at timestamp',
        'expected varchar'
    ], [
        [none, none, '2026-03-10 12:00:01', '2026-03-11', 'open'],
        [none, none, '2026-03-10 12:00:00', '2026-03-11', 'at_risk'],
        [none, none, '2026-03-09', '2026-03-10 12:00:00', 'breached'],
        [none, none, '2026-03-08', '2026-03-10', 'breached'],
        ['2026-03-10', none, '2026-03-09', '2026-03-10', 'met'],
        ['2026-03-10 00:00:01', none, '2026-03-09', '2026-03-10', 'breached'],
        ['2026-03-09', '2026-03-09', '2026-03-09', '2026-03-10', 'met'],
        ['2026-03-09', '2026-03-08', '2026-03-09', '2026-03-10', 'void'],
        [none, '2026-03-09 23:59:59', '2026-03-09', '2026-03-10', 'void'],
        [none, '2026-03-10', '2026-03-09', '2026-03-10', 'breached'],
        ['2026-03-11', '2026-03-12', '2026-03-09', '2026-03-10', 'breached'],
    ]) }}
),

shares as (
    {{ truth_table(['allowed bigint', 'percent integer', 'expected bigint'], [
        [3600000000, 80, 2880000000], [1, 80, 1], [60000000, 33, 19800000], [60000000, 100, 60000000],
    ]) }}
),

signals as (
    {{ truth_table(['signal_at timestamp', 'identified_at timestamp', 'expected timestamp'], [
        ['2026-03-09', '2026-03-08', '2026-03-09'], ['2026-03-09', '2026-03-10', '2026-03-10'],
    ]) }}
),

answers as (
    {{ truth_table(['obligation varchar', 'touched_at timestamp', 'expected boolean'], [
        ['mql_first_contact', '2026-03-09', true],
        ['mql_first_contact', '2026-03-08 23:59:59', false],
        ['hot_prospect_followup', '2026-03-09', false],
        ['hot_prospect_followup', '2026-03-09 00:00:01', true],
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
    {{ truth_table(['event_type varchar', 'is_automated boolean', 'expected boolean', 'human boolean'], [
        ['call_answered', false, true, true],
        ['call_answered', true, true, false],
        ['call_no_answer', false, false, false],
        ['meeting_held', false, true, true],
        ['meeting_booked', false, false, false],
        ['email_reply', false, true, true],
        ['email_replied', true, true, false],
        ['email_open', false, false, false],
        ['call_pricing_discussed', false, true, true],
    ]) }}
)

select 'status' as what, expected as found from statuses
where {{ sla_status('stopped_at', 'void_at', 'at_risk_at', 'due_at', now) }} is distinct from expected
union all
select 'share', {{ as_text('allowed') }} from shares
where {{ sla_risky_micros('allowed', 'percent') }} is distinct from expected
union all
select 'start', {{ as_text('expected') }} from signals
where {{ sla_started_at('signal_at', 'identified_at') }} is distinct from expected
union all
select 'answer', obligation from answers
where
    {{ answers_obligation('obligation', 'touched_at', "cast('2026-03-09' as timestamp)") }}
    is distinct from expected
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
where
    {{ is_two_way_contact('event_type') }} is distinct from expected
    or {{ is_contact_with_human('event_type', 'is_automated') }} is distinct from human
