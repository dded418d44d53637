with remaining as (
    {{ truth_table(['points integer', 'percent integer', 'expected integer'], [
        [35, 100, 35],
        [35, 50, 18],
        [35, 0, 0],
        [5, 75, 4],
        [5, 50, 3],
        [-15, 50, -8],
        [-20, 0, 0],
        [1, 49, 0],
        [1, 50, 1],
    ]) }}
),

within_cap as (
    {{ truth_table(['balance integer', 'cap integer', 'expected integer'], [
        [45, 40, 40],
        [40, 40, 40],
        [39, 40, 39],
        [-35, 20, -35],
        [500, none, 500],
    ]) }}
),

within_axis as (
    {{ truth_table(['points integer', 'maximum integer', 'expected integer'], [
        [-1, 60, 0],
        [0, 60, 0],
        [60, 60, 60],
        [61, 60, 60],
    ]) }}
),

within_day as (
    {{ truth_table(['number_in_day integer', 'max_per_day integer', 'expected boolean'], [
        [1, 1, true],
        [2, 1, false],
        [1, 0, false],
        [99, none, true],
    ]) }}
)

select 'remaining' as rule, points, percent from remaining
where {{ points_remaining('points', 'percent') }} is distinct from expected
union all
select 'cap', balance, cap from within_cap
where {{ points_within_cap('balance', 'cap') }} is distinct from expected
union all
select 'axis', points, maximum from within_axis
where {{ points_within_axis('points', 'maximum') }} is distinct from expected
union all
select 'day', number_in_day, max_per_day from within_day
where {{ is_within_day_cap('number_in_day', 'max_per_day') }} is distinct from expected
