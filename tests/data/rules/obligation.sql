with clocks as (
    {{ truth_table([
        'obligation varchar', 'is_about_now boolean', 'stage varchar', 'temperature varchar',
        'is_call_recommended boolean', 'expected boolean',
    ], [
        ['hand_raise_response', true, 'lead', 'cold', false, true],
        ['hand_raise_response', true, 'mql', 'hot', false, true],
        ['hand_raise_response', true, 'sql', 'hot', false, true],
        ['hand_raise_response', true, 'prospect', 'warm', false, true],
        ['hand_raise_response', true, none, 'hot', false, true],
        ['hand_raise_response', true, 'nurturing', 'warm', false, false],
        ['hand_raise_response', true, 'customer', 'hot', false, false],
        ['hand_raise_response', true, 'opted_out', 'hot', false, false],
        ['hand_raise_response', true, 'disqualified', 'hot', false, false],
        ['hand_raise_response', false, 'lead', 'hot', false, false],
        ['mql_first_contact', true, 'mql', 'warm', false, true],
        ['mql_first_contact', true, 'prospect', 'hot', true, true],
        ['mql_first_contact', true, 'prospect', 'hot', false, false],
        ['mql_first_contact', true, 'sql', 'hot', false, false],
        ['mql_first_contact', true, 'nurturing', 'warm', false, false],
        ['mql_first_contact', false, 'mql', 'warm', false, false],
        ['mql_first_contact', true, 'lead', 'warm', false, false],
        ['mql_attempts', true, 'mql', 'warm', false, true],
        ['mql_attempts', true, 'prospect', 'hot', true, true],
        ['mql_attempts', true, 'prospect', 'warm', false, false],
        ['mql_attempts', false, 'mql', 'warm', false, false],
        ['mql_verdict', true, 'mql', 'cold', false, true],
        ['mql_verdict', true, 'prospect', 'warm', true, true],
        ['mql_verdict', true, 'prospect', 'cold', false, false],
        ['mql_verdict', true, 'sql', 'warm', false, false],
        ['mql_verdict', true, 'customer', 'warm', false, false],
        ['mql_verdict', false, 'mql', 'warm', false, false],
        ['sql_acceptance', true, 'sql', 'warm', false, true],
        ['sql_acceptance', true, 'prospect', 'warm', false, false],
        ['sql_acceptance', true, 'nurturing', 'warm', false, false],
        ['sql_acceptance', true, 'mql', 'warm', false, false],
        ['sql_acceptance', true, none, 'cold', false, false],
        ['sql_acceptance', false, 'sql', 'warm', false, false],
        ['hot_prospect_followup', true, 'prospect', 'hot', false, true],
        ['hot_prospect_followup', true, 'prospect', 'hot', true, true],
        ['hot_prospect_followup', true, 'prospect', 'warm', false, false],
        ['hot_prospect_followup', true, 'sql', 'hot', false, false],
        ['hot_prospect_followup', false, 'prospect', 'hot', false, false],
        ['marketing_volume', true, 'mql', 'hot', false, false],
    ]) }}
),

occasions as (
    {{ truth_table([
        'obligation varchar', 'is_raised boolean', 'is_episode boolean', 'started_at timestamp',
        'last_at timestamp', 'expected boolean',
    ], [
        ['hand_raise_response', true, false, '2026-01-05', '2026-02-05', true],
        ['hand_raise_response', false, true, '2026-01-05', '2026-01-05', false],
        ['mql_first_contact', false, true, '2026-01-05', '2026-01-05', true],
        ['mql_first_contact', false, true, '2026-01-05', '2026-02-05', false],
        ['mql_first_contact', false, false, '2026-01-05', '2026-01-05', false],
        ['mql_attempts', false, true, '2026-01-05', '2026-01-05', true],
        ['mql_attempts', true, true, '2026-01-05', '2026-02-05', false],
        ['mql_verdict', false, true, '2026-01-07', '2026-01-05', true],
        ['mql_verdict', false, true, '2026-01-07', '2026-02-05', false],
        ['mql_verdict', false, false, '2026-01-07', '2026-01-05', false],
        ['mql_verdict', false, true, '2026-01-07', none, false],
        ['sql_acceptance', false, false, '2026-01-05', '2026-01-05', true],
        ['sql_acceptance', false, true, '2026-01-05', '2026-02-05', false],
        ['hot_prospect_followup', false, false, '2026-01-05', '2026-01-05', true],
        ['hot_prospect_followup', true, true, '2026-01-05', '2026-02-05', false],
    ]) }}
)

select 'owed' as what, obligation, stage as found from clocks
where
    {{ is_obligation_owed('obligation', 'is_about_now', 'stage', 'temperature', 'is_call_recommended') }}
    is distinct from expected
union all
select 'about now', obligation, {{ as_text('started_at') }} from occasions
where
    {{ is_about_now('obligation', 'is_raised', 'is_episode', 'started_at', 'last_at') }}
    is distinct from expected
