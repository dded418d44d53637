-- The events of the people from `first` to `last`, one part file's worth.
-- Variables: first, last (people), ends_at,
-- stranger. Ends in a CTE named `final`, from which tables.py selects the contract's columns,
-- ordered by occurred_at, i and turn (which no two rows share).
with present as (
    select people.* exclude (fit, source), identities.contact_id, identities.email, identities.is_french,
        records.contact_id as other_contact_id, records.created_at as other_created_at
    from people
    inner join identities on people.i = identities.i
    left join records on people.i = records.i and records.nth = 1
    where people.i between getvariable('first') and getvariable('last')
),
turns as (
    -- turn: which of the person's events; from 1,000 on a copy, from 2,000 on an altered one
    select
        *,
        unnest(
            range(greatest(1, cast(round(
                (events_from + (events_to - events_from) * u(i, 'busy')) * presence
            ) as bigint)))
            || case when i = 1 or u(i, 'sent twice') < 0.02 then [1000] else []::bigint[] end
            || case when i = 1 or u(i, 'altered') < 0.01 then [2000] else []::bigint[] end
        ) as turn
    from present
),
moments as (
    select
        *,
        i * 1000 + turn % 1000 as key,
        habit_begins_at + cast(floor((habit_ends_at - habit_begins_at) * u(i * 1000 + turn % 1000, 'when'))
            as bigint) as drawn_at
    from turns
),
days as (
    -- three of four weekend events belong to the Thursday or Friday before
    select
        *,
        drawn_at // 86400 - if((drawn_at // 86400 + 3) % 7 >= 5 and u(key, 'weekend') < 0.75, 2, 0) as day
    from moments
),
habitual as (
    select
        * exclude (drawn_at, day),
        greatest(
            habit_begins_at + turn % 1000,
            day * 86400 + 18000 + cast(floor(30600 * (u(key, 'hour') + u(key, 'minute'))) as bigint)
        ) as happened_at
    from days
),
by_habit as (
    select
        habitual.*,
        if(happened_at < created_at, getvariable('stranger'), habit_no) * 100
        + cast(floor(100 * u(key, 'slot')) as bigint) as deck
    from habitual
    where happened_at <= getvariable('ends_at')
),
seen as (
    select by_habit.* exclude (deck), habit_events.* exclude (code)
    from by_habit
    inner join habit_events
        on (deck * 4 + cast(floor(4 * u(key, 'variant')) as bigint)) * 2 + is_french::bigint = habit_events.code
    union all by name
    select present.*, 500 + step_no as turn, key, happened_at, variants.* exclude (variant, is_french)
    from present
    inner join past_steps
        on
            present.i = past_steps.i and past_steps.fact = 'event'
            and past_steps.i between getvariable('first') and getvariable('last')
    inner join event_variants as variants
        on
            past_steps.kind = variants.kind
            and cast(floor(4 * u(key, 'variant')) as integer) = variants.variant
            and present.is_french = variants.is_french
),
of_people as (
    select
        i,
        turn,
        'ev-' || padded(i, 8) || '-' || padded(turn % 1000, 3) as event_id,
        instant(happened_at + if(turn >= 2000, 420, 0)) as occurred_at,
        event_type,
        case
            when identity in ('mail', 'click') or (identity = 'web' and u(key, 'recognised') < 0.25)
                then if(
                    other_created_at < happened_at and u(key, 'which record') < 0.3,
                    other_contact_id, contact_id
                )
        end as contact_id,
        case when identity = 'form' then if(u(key, 'shouts') < 0.03, upper(email), email) end as email,
        case when identity <> 'mail' then anonymous_id end as anonymous_id,
        page_url, content_id, content_title, campaign_id, channel,
        case
            when identity = 'web' and u(key, 'measured') < 0.2
                then '{"duration_s": ' || whole(3, 400, u(key, 'duration')) || '}'
            when identity = 'form' and channel = 'web'
                then '{"form": "' || kind || '", "language": "' || if(is_french, 'fr', 'en') || '"}'
        end as properties,
        case when turn < 1000 then landed(happened_at, u(key, 'event landed'))
            else landed(happened_at, 0.9) end as _loaded_at
    from seen
),
final as (
    select * from of_people
    union all by name
    select * from stray_events
    where i between getvariable('first') and getvariable('last')
)
