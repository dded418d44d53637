with paths as (
    {{ truth_table([
        'is_sql boolean', 'acceptances integer', 'met_at timestamp', 'sql_since timestamp',
        'open_deals integer', 'suffices boolean', 'bookings integer', 'icp boolean', 'expected varchar'
    ], [
        [true, 1, none, '2026-01-02', 1, true, 1, true, 'accepted'],
        [true, 0, '2026-01-02', '2026-01-02', 1, true, 0, true, 'meeting'],
        [true, 0, '2026-01-01', '2026-01-02', 0, true, 0, true, none],
        [true, 0, none, '2026-01-02', 1, false, 0, false, 'deal'],
        [false, 1, '2026-01-03', none, 0, true, 0, true, none],
        [false, 0, none, none, 1, true, 0, false, 'deal_unvalidated'],
        [false, 0, none, none, 1, false, 0, false, none],
        [false, 0, none, none, 0, true, 1, true, 'no_call'],
        [false, 0, none, none, 0, true, 1, false, none],
        [false, 0, none, none, 0, true, 0, true, none],
    ]) }}
),

calls as (
    {{ truth_table(['path varchar', 'answered integer', 'expected boolean'], [
        ['no_call', 0, true],
        ['no_call', 1, false],
        ['accepted', 0, false],
        [none, 0, false],
    ]) }}
),

bookings as (
    {{ truth_table(['scheduled_at timestamp', 'expected timestamp'], [
        ['2026-03-10 09:00:00', '2026-03-17 09:00:00'],
        [none, '2026-03-31 10:00:00'],
    ]) }}
),

takings as (
    {{ truth_table(['stage varchar', 'path varchar', 'expected boolean'], [
        ['prospect', 'accepted', true],
        ['prospect', 'meeting', true],
        ['prospect', 'deal', true],
        ['prospect', 'deal_unvalidated', false],
        ['prospect', 'no_call', false],
        ['customer', 'deal_won', true],
        ['sql', 'checklist', false],
        ['opted_out', 'objection', false],
        [none, 'none', false],
    ]) }}
)

select 'path' as rule, expected from paths
where
    {{ prospect_path(
        'is_sql', 'acceptances', 'met_at', 'sql_since', 'open_deals', 'suffices', 'bookings', 'icp'
    ) }} is distinct from expected
union all
select 'call', path from calls
where {{ is_call_recommended('path', 'answered') }} is distinct from expected
union all
select 'booking', {{ as_text('expected') }} from bookings
where
    {{ booking_lapses_at("cast('2026-03-01 10:00:00' as timestamp)", 'scheduled_at', 7, 30) }}
    is distinct from expected
union all
select 'taken on', path from takings
where {{ is_taken_on('stage', 'path') }} is distinct from expected
