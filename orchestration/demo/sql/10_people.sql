-- One row per person: the archetype, when their story begins, and who they are.
-- Variables: people, ends_at, first_monday, work_seconds.
create table people as
with shuffled as (
    select i, row_number() over (order by u(i, 'place'), i) - 1 as position
    from range(1, getvariable('people') + 1) as numbers (i)
),
bounds as (
    select *, sum(share) over (order by archetype_no) as upto from archetypes
),
slots as (
    select slot, bounds.* from range(10000) as slots (slot)
    inner join bounds on slot >= upto - share and slot < upto
),
cast_in_roles as (
    select
        i, slots.archetype, slots.fit, slots.habit, slots.source, len(slots.plays) > 0 as has_story,
        row_number() over (partition by slots.archetype order by position) - 1 as place,
        count(*) over (partition by slots.archetype) as in_all
    from shuffled
    inner join slots
        on cast(floor((position + 0.5) * 10000 / getvariable('people')) as bigint) = slots.slot
),
begun as (
    -- stories of one archetype begin all along the two years, a little more often towards the end
    select
        *,
        (place + u(i, 'begins')) / in_all as progress,
        pick(case source
            when 'inbound' then [
                'website', 'website', 'website', 'webinar', 'webinar', 'referral', 'partner', 'event'
            ]
            when 'outbound' then ['linkedin', 'outbound', 'outbound', 'agency', 'purchased_list']
            else [
                'website', 'website', 'webinar', 'event', 'linkedin', 'outbound', 'agency', 'purchased_list'
            ]
        end, u(i, 'lead source')) as lead_source
    from cast_in_roles
),
timed as (
    select
        * exclude (progress),
        case
            when archetype = 'fresh_hand_raise'
                then getvariable('work_seconds') - whole(38000, 62000, u(i, 'fresh'))
            else whole(57600, getvariable('work_seconds') - 7200,
                progress * (1.3 - 0.3 * progress))
        end as story_begins
    from begun
),
known as (
    -- half the inbound people appear with the first step of their story, the others were known
    select
        *,
        case
            when lead_source in ('website', 'webinar', 'referral', 'partner') and u(i, 'is new') < 0.5
                then at_work(story_begins) + whole(90, 900, u(i, 'created'))
            else greatest(
                getvariable('first_monday') + whole(3600, 86400 * 2, u(i, 'created')),
                at_work(story_begins) - whole(86400, 86400 * 200, u(i, 'known before'))
            )
        end as created_at
    from timed
)
select
    known.*,
    habits.habit_no,
    least(getvariable('ends_at'), at_work(story_begins) + habits.lasts_days * 86400) as habit_ends_at,
    -- devices are seen some weeks before their owner has a name; a few are shared with a colleague
    greatest(
        getvariable('first_monday'),
        created_at - if(known.source <> 'outbound' and u(i, 'stranger') < 0.5,
            whole(0, 86400 * 45, u(i, 'strange since')), 0)
    ) as habit_begins_at,
    'dev-' || padded(if(i > 1 and not has_story and u(i, 'shared device') < 0.02, i - 1, i), 8)
        as anonymous_id,
    least(1.0, (getvariable('ends_at') - created_at) / (86400.0 * 200)) * 0.8 + 0.2 as presence,
    habits.events_from,
    habits.events_to
from known
inner join habits on known.habit = habits.habit;
