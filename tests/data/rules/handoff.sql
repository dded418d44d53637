with people as (
    {{ truth_table([
        'stage varchar', 'is_contactable boolean', 'by_email boolean', 'by_phone boolean', 'expected boolean'
    ], [
        ['mql', true, true, true, true],
        ['sql', true, false, true, true],
        ['prospect', true, true, false, true],
        ['mql', true, false, false, false],
        ['mql', false, true, true, false],
        ['lead', true, true, true, false],
        ['nurturing', true, true, true, false],
        ['customer', true, true, true, false],
        ['opted_out', true, true, true, false],
        ['disqualified', true, true, true, false],
    ]) }}
),

signals as (
    {{ truth_table(['signal_at timestamp', 'expected boolean'], [
        ['2026-03-10', true],
        ['2026-02-24 00:00:01', true],
        ['2026-02-24', false],
        ['2026-03-10 00:00:01', false],
    ]) }}
),

verdicts as (
    {{ truth_table([
        'verdict varchar', 'is_contesting boolean', 'touches integer', 'expected varchar', 'counts boolean'
    ], [
        ['accepted', false, 0, 'accepted', true],
        ['accepted', true, 1, 'accepted', true],
        ['qualified', false, 1, 'qualified', true],
        ['recycled', false, 1, 'recycled', true],
        ['recycled', true, 1, 'contested', true],
        ['disqualified', false, 0, 'disqualified', true],
        ['disqualified', true, 0, 'contested', true],
        ['reopened', false, 1, 'reopened', false],
        [none, false, 1, 'in_progress', none],
        [none, false, 0, 'untouched', none],
    ]) }}
)

select 'list' as what, stage as found from people
where {{ is_on_handoff_list('stage', 'is_contactable', 'by_email', 'by_phone') }} is distinct from expected
union all
select 'hand-raise', {{ as_text('signal_at') }} from signals
where
    {{ is_recent_hand_raise('signal_at', "cast('2026-03-10' as timestamp)") }} is distinct from expected
union all
select 'verdict', expected from verdicts
where
    {{ handoff_verdict('verdict', 'is_contesting', 'touches') }} is distinct from expected
    or {{ is_handoff_verdict('verdict') }} is distinct from counts
