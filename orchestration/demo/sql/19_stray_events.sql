-- Events that belong to nobody we know, and events that are wrong. Each hangs on a person's number
-- only to be dealt out over the part files. Variables: people, first_monday, ends_at.
create view stray_events as
with visits as (
    -- visitors who never tell their name
    select i, visit, i * 10 + visit as key,
        greatest(getvariable('first_monday') + 60 * i % 3600,
            at_work(cast(getvariable('work_seconds') * u(i, 'visits at') as bigint) - 28800 * 3)
        ) + visit * whole(20, 4000, u(i, 'visit')) as happened_at
    from people, range(1, 6) as visits (visit)
    where u(i, 'stranger visits') < 0.4 and visit <= whole(1, 5, u(i, 'visits'))
),
strangers as (
    select visits.i, 'ev-a' || padded(visits.i, 8) || '-' || visit as event_id, happened_at, event_type,
        -visit as turn, null as contact_id, null as email,
        'dev-a' || padded(visits.i, 8) as anonymous_id, page_url, key
    from visits
    inner join event_variants as variants
        on
            variants.kind = pick(
                ['home', 'blog', 'blog', 'product', 'pricing', 'careers'], u(key, 'stranger page')
            )
            and variants.variant = visit % 4 and variants.is_french = (u(i, 'stranger speaks') < 0.7)
),
-- addresses that no record has, and mistakes: one of each in the first part, then here and there
mistakes as (
    select
        i, mistake, -10 - kinds.place as turn, i * 10 + 7 as key,
        getvariable('ends_at') - whole(86400, 86400 * 300, u(i, 'mistake at')) as happened_at
    from people
    cross join (values
        (1, 'unknown_email'), (2, 'no_id'), (3, 'no_type'), (4, 'unknown_contact'), (5, 'ancient'),
        (6, 'future')
    ) as kinds (place, mistake)
    where i = 1 or u(i * 8, mistake) < if(mistake = 'unknown_email', 0.01, 0.008)
),
strays as (
    select * exclude (happened_at), instant(happened_at) as occurred_at, happened_at from strangers
    union all by name
    select
        i,
        if(mistake = 'no_id', null, 'ev-x' || padded(i, 8) || '-' || mistake) as event_id,
        case mistake
            when 'ancient' then timestamp '1970-01-01 00:00:00'
            when 'future' then instant(happened_at) + interval 40 year
            else instant(happened_at)
        end as occurred_at,
        if(mistake = 'no_type', '', 'page_view') as event_type,
        if(mistake = 'unknown_contact', 'ct-9999999', null) as contact_id,
        if(mistake = 'unknown_email', 'nobody.' || i || '@inconnu-lerval.example', null) as email,
        'dev-x' || padded(i, 8) as anonymous_id,
        'https://www.leadger.example/fr/blog/mql' as page_url,
        key, turn, happened_at
    from mistakes
)
select
    i, turn, event_id, occurred_at, event_type, contact_id, email, anonymous_id, page_url,
    'web' as channel, landed(happened_at, u(key, 'event landed')) as _loaded_at
from strays
where happened_at <= getvariable('ends_at');
