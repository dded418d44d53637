with verdicts as (
    {{ truth_table(['verdict varchar', 'expected boolean'], [
        ['recycled', true], ['qualified', false], ['disqualified', false], [none, false],
    ]) }}
),

deals as (
    {{ truth_table(['status varchar', 'previous varchar', 'expected boolean'], [
        ['lost', 'open', true],
        ['lost', 'won', true],
        ['lost', none, true],
        ['lost', 'lost', false],
        ['open', 'lost', false],
        ['won', 'open', false],
    ]) }}
)

select verdict as input from verdicts
where {{ is_reset_by_verdict('verdict') }} is distinct from expected
union all
select status from deals
where {{ is_turned_lost('status', 'previous') }} is distinct from expected
