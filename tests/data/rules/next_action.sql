with stages as (
    {{ truth_table(['stage varchar', 'is_contactable boolean', 'expected varchar'], [
        ['mql', true, 'mql'],
        ['mql', false, 'opted_out'],
        ['customer', false, 'opted_out'],
        ['opted_out', false, 'opted_out'],
    ]) }}
),

channels as (
    {{ truth_table([
        'channel varchar', 'has_email boolean', 'by_email boolean', 'by_phone boolean', 'by_post boolean',
        'expected boolean'
    ], [
        [none, false, false, false, false, true],
        ['email', true, true, false, false, true],
        ['email', false, true, true, true, false],
        ['email', true, false, true, true, false],
        ['phone', false, false, true, false, true],
        ['phone', true, true, false, true, false],
        ['postal', false, false, false, true, true],
        ['postal', true, true, true, false, false],
        ['telegram', true, true, true, true, false],
    ]) }}
)

select 'stage' as what, stage as found from stages
where {{ playbook_stage('stage', 'is_contactable') }} is distinct from expected
union all
select 'channel', channel from channels
where
    {{ is_open_for_action('channel', 'has_email', 'by_email', 'by_phone', 'by_post') }}
    is distinct from expected
