-- Every step of every story that has happened by the end, with its instant.
-- Variable: ends_at.
create table script as
with listed as (
    select archetype, unnest(plays) as play, generate_subscripts(plays, 1) as play_no from archetypes
),
numbered as (
    select
        archetypes_plays.archetype, archetypes_plays.play_no, plays.*,
        row_number() over (partition by archetype order by play_no, step) as step_no
    from listed as archetypes_plays
    inner join plays on archetypes_plays.play = plays.play
)
select * exclude (play, play_no, step) from numbered;

create table steps as
with drawn as (
    select
        people.i, people.story_begins, people.created_at, script.*,
        people.i * 100 + script.step_no as key
    from people
    inner join script on people.archetype = script.archetype
),
paced as (
    -- gaps are mostly short; the first step of a story is its beginning
    select
        *,
        if(step_no = 1, 0, cast(work_day() * (
            gap_from + (gap_to - gap_from) * u(key, 'gap') * u(key, 'gap')
        ) as bigint)) as gap
    from drawn
),
placed as (
    select *, story_begins + sum(gap) over (partition by i order by step_no) as at_second
    from paced
),
timed as (
    -- people also write in the evening before, which is when nobody answers
    select
        *,
        at_work(cast(at_second as bigint)) - case
            when fact = 'event' and gap >= work_day() and u(key, 'evening') < 0.3
                then whole(36000, 46000, u(key, 'hour'))
            else 0
        end as happened_at
    from placed
    where u(key, 'chance') < chance
)
select
    i, step_no, key, fact,
    pick(choices, u(key, 'choice')) as kind,
    outcome, answers, happened_at, cast(at_second as bigint) as at_second
from timed;

-- What lies after the end is at most planned.
create view past_steps as select * from steps where happened_at <= getvariable('ends_at');
