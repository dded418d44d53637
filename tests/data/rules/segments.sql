-- the win that makes an account a customer is itself new business
with bands as (
    {{ truth_table(['value float8', 'low integer', 'high integer', 'expected boolean'], [
        [20, 20, 50, true],
        [49.9, 20, 50, true],
        [50, 20, 50, false],
        [5000000, 5000, none, true],
        [none, 0, 20, none],
    ]) }}
),

texts as (
    {{ truth_table(['text varchar', 'expected varchar'], [
        [' Software ', 'software'],
        ['', 'unknown'],
        [none, 'unknown'],
    ]) }}
),

business as (
    {{ truth_table(['instant timestamp', 'won_at timestamp', 'expected varchar'], [
        ['2026-01-02 00:00:00', '2026-01-01 00:00:00', 'expansion'],
        ['2026-01-01 00:00:00', '2026-01-01 00:00:00', 'new'],
        ['2026-01-01 00:00:00', none, 'new'],
    ]) }}
),

answers as (
    {{ truth_table([
        'verdict varchar', 'verdict_at timestamp', 'taken_on_at timestamp', 'handed_over_at timestamp',
        'days integer', 'expected varchar',
    ], [
        ['accepted', '1999-01-02', none, '1999-01-01', 30, 'accepted'],
        ['accepted', '1999-01-02', '1999-01-02', '1999-01-01', 30, 'accepted'],
        ['recycled', '1999-01-02', none, '1999-01-01', 30, 'recycled'],
        ['recycled', '1999-01-02', '1999-01-03', '1999-01-01', 30, 'recycled'],
        ['recycled', '1999-01-03', '1999-01-02', '1999-01-01', 30, 'accepted'],
        [none, none, '1999-01-02', '1999-01-01', 30, 'accepted'],
        [none, none, '1999-06-01', '1999-01-01', 30, 'accepted'],
        [none, none, none, '1999-01-01', 30, 'expired'],
        [none, none, none, '2199-01-01', 30, none],
    ]) }}
)

select 'band' as rule, {{ as_text('value') }} as what from bands
where {{ is_in_band('value', 'low', 'high') }} is distinct from expected
union all
select 'text', text from texts
where {{ segment_of('text') }} is distinct from expected
union all
select 'business', {{ as_text('instant') }} from business
where {{ business_type('instant', 'won_at') }} is distinct from expected
union all
select 'answer', verdict from answers
where
    {{ handoff_answer('verdict', 'verdict_at', 'taken_on_at', 'handed_over_at', 'days') }}
    is distinct from expected
