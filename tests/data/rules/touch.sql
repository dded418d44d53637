with truth as (
    {{ truth_table([
        'direction varchar', 'activity_type varchar', 'is_automated boolean', 'expected boolean'
    ], [
        ['outbound', 'call', false, true],
        ['outbound', 'meeting', false, true],
        ['outbound', 'email', true, false],
        ['inbound', 'call', false, false],
        ['outbound', 'qualification', false, false],
    ]) }}
)

select * from truth
where {{ is_human_touch('direction', 'activity_type', 'is_automated') }} is distinct from expected
