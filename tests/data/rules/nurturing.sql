with stages as (
    {{ truth_table(['stage varchar', 'stages varchar', 'expected boolean'], [
        ['lead', 'lead|mql|nurturing', true],
        ['nurturing', 'lead|mql|nurturing', true],
        ['sql', 'lead|mql|nurturing', false],
        ['lead', 'nurturing', false],
    ]) }}
),

tries as (
    {{ truth_table(['enrolled_at timestamp', 'of_reason integer', 'of_track integer', 'expected timestamp'], [
        ['2026-01-31 10:00:00', 90, 2, '2026-05-01 10:00:00'],
        ['2026-01-31 10:00:00', none, 2, '2026-02-02 10:00:00'],
        ['2026-01-31 10:00:00', 0, 2, '2026-01-31 10:00:00'],
    ]) }}
),

orders as (
    {{ truth_table(['is_said_by_rep boolean', 'expected integer'], [[true, 0], [false, 1]]) }}
),

retries as (
    {{ truth_table(['known_reason varchar', 'days integer', 'expected boolean'], [
        ['no_budget', 180, true],
        ['bad_timing', 0, true],
        ['not_icp', none, false],
        [none, none, true],
    ]) }}
),

languages as (
    {{ truth_table(['language varchar', 'expected varchar'], [
        ['fr', 'fr'],
        ['fr-CH', 'fr'],
        ['fri', 'en'],
        ['de', 'en'],
        [none, 'en'],
    ]) }}
)

select 'stage' as what, stage as found from stages
where {{ is_stage_of_track('stage', 'stages') }} is distinct from expected
union all
select 'next try', {{ as_text('enrolled_at') }} from tries
where {{ next_try_at('enrolled_at', 'of_reason', 'of_track') }} is distinct from expected
union all
select 'order', {{ as_text('is_said_by_rep') }} from orders
where {{ plainness('is_said_by_rep') }} is distinct from expected
union all
select 'tried again', known_reason from retries
where {{ is_tried_again('known_reason', 'days') }} is distinct from expected
union all
select 'language', language from languages
where {{ written_language('language') }} is distinct from expected
