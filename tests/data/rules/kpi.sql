-- spans are half-open; minutes late count from when the time given was used up
with rates as (
    {{ truth_table(['numerator integer', 'denominator integer', 'expected float8'], [
        [1, 4, 0.25],
        [5, 4, 1.25],
        [0, 4, 0],
        [0, 0, none],
        [none, 4, none],
        [1, none, none],
    ]) }}
),

small_samples as (
    {{ truth_table(['denominator integer', 'small_sample_below integer', 'expected boolean'], [
        [19, 20, true],
        [20, 20, false],
        [none, 20, true],
    ]) }}
),

spans as (
    {{ truth_table(['instant timestamp', 'opened_at timestamp', 'days integer', 'expected boolean'], [
        ['2026-01-01 00:00:00', '2026-01-01 00:00:00', 30, true],
        ['2026-01-30 23:59:59', '2026-01-01 00:00:00', 30, true],
        ['2026-01-31 00:00:00', '2026-01-01 00:00:00', 30, false],
        ['2025-12-31 23:59:59', '2026-01-01 00:00:00', 30, false],
        [none, '2026-01-01 00:00:00', 30, false],
    ]) }}
),

velocities as (
    {{ truth_table([
        'open_prospects float8', 'win_rate float8', 'amount float8', 'days float8', 'expected float8'
    ], [
        [10, 0.5, 1000, 50, 100],
        [0, 0.5, 1000, 50, 0],
        [10, 0.5, 1000, 0, none],
        [10, none, 1000, 50, none],
    ]) }}
),

leaks as (
    {{ truth_table(['attempts integer', 'used integer', 'late integer', 'expected boolean'], [
        [0, 120, 60, true],
        [0, 119, 59, false],
        [0, 60, 0, false],
        [1, 500, 440, false],
    ]) }}
)

select 'rate' as rule, {{ as_text('numerator') }} as what from rates
where {{ rate('numerator', 'denominator') }} is distinct from expected
union all
select 'small', {{ as_text('denominator') }} from small_samples
where {{ is_small_sample('denominator', 'small_sample_below') }} is distinct from expected
union all
select 'within', {{ as_text('instant') }} from spans
where {{ is_within('instant', 'opened_at', 'days') }} is distinct from expected
union all
select 'velocity', {{ as_text('days') }} from velocities
where {{ pipeline_velocity('open_prospects', 'win_rate', 'amount', 'days') }} is distinct from expected
union all
select 'leak', {{ as_text('used') }} from leaks
where {{ is_leaked('attempts', 'used', 'late') }} is distinct from expected
