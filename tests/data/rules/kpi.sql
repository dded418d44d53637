-- spans are half-open
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
    {{ truth_table(['stopped_at timestamp', 'twice_due_at timestamp', 'expected boolean'], [
        [none, '2026-03-10 12:00:00', true],
        [none, '2026-03-10 12:00:01', none],
        ['2026-03-10 09:00:00', '2026-03-10 12:00:01', none],
        ['2026-03-10 12:00:00', '2026-03-10 12:00:00', false],
        ['2026-03-09', '2026-03-09', false],
        ['2026-03-10', '2026-03-09', true],
    ]) }}
),

costs as (
    {{ truth_table(['cost float8', 'costs_without_rate integer', 'expected float8'], [
        [5, 0, 5],
        [5, 2, 5],
        [none, 2, none],
        [none, 0, 0],
        [none, none, 0],
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
select 'leak', {{ as_text('stopped_at') }} from leaks
where
    {{ is_leaked('stopped_at', 'twice_due_at', "cast('2026-03-10 12:00:00' as timestamp)") }}
    is distinct from expected
union all
select 'cost', {{ as_text('costs_without_rate') }} from costs
where {{ known_cost('cost', 'costs_without_rate') }} is distinct from expected
