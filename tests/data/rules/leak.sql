with past_due as (
    {{ truth_table(['status varchar', 'expected boolean'], [
        ['breached', true],
        ['at_risk', false],
        ['open', false],
    ]) }}
),

validated as (
    {{ truth_table(['stage varchar', 'is_icp_validated boolean', 'expected boolean'], [
        ['sql', false, true],
        ['prospect', false, true],
        ['mql', true, true],
        ['mql', false, false],
        ['lead', true, false],
        ['customer', true, false],
    ]) }}
),

stale as (
    {{ truth_table(['last_word_at timestamp', 'days integer', 'expected timestamp'], [
        ['2026-01-05 10:00:00', 30, '2026-02-04 10:00:00'],
        ['2026-01-05 10:00:00', 1, '2026-01-06 10:00:00'],
    ]) }}
),

channels as (
    {{ truth_table(['activity_type varchar', 'expected varchar'], [
        ['call', 'phone'],
        ['email', 'email'],
        ['linkedin', 'all'],
        ['meeting', 'all'],
    ]) }}
)

select 'past_due' as rule from past_due
where {{ is_past_due('status') }} is distinct from expected
union all
select 'validated' from validated
where {{ is_validated('stage', 'is_icp_validated') }} is distinct from expected
union all
select 'stale' from stale
where {{ stale_at('last_word_at', 'days') }} is distinct from expected
union all
select 'channel' from channels
where {{ channel_of_touch('activity_type') }} is distinct from expected
