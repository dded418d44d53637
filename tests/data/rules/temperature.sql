with leads as (
    {{ truth_table(['engagement integer', 'hand_raises integer', 'expected varchar'], [
        [35, 0, 'hot'], [34, 0, 'warm'], [0, 1, 'hot'], [10, 0, 'warm'], [9, 0, 'cold'],
    ]) }}
),

prospects as (
    {{ truth_table([
        'proposals integer', 'meetings integer', 'pricing integer', 'two_way integer', 'expected varchar'
    ], [
        [1, 0, 0, 0, 'hot'],
        [0, 1, 1, 1, 'hot'],
        [0, 1, 0, 1, 'warm'],
        [0, 0, 1, 0, 'cold'],
        [0, 0, 0, 1, 'warm'],
        [0, 0, 0, 0, 'cold'],
    ]) }}
),

chosen as (
    {{ truth_table(['stage varchar', 'is_call_recommended boolean', 'expected varchar'], [
        ['prospect', false, 'of prospect'],
        ['prospect', true, 'of lead'],
        ['mql', false, 'of lead'],
        [none, false, 'of lead'],
    ]) }}
)

select expected from leads
where
    {{ temperature_of_lead(engagement_heat('engagement', 35, 10), 'hand_raises') }}
    is distinct from expected
union all
select expected from prospects
where {{ temperature_of_prospect('proposals', 'meetings', 'pricing', 'two_way') }} is distinct from expected
union all
select expected from chosen
where
    {{ temperature('stage', 'is_call_recommended', "'of lead'", "'of prospect'") }}
    is distinct from expected
