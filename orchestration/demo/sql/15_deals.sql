-- Deals with their versions. Some belong to nobody, some have several people, some move on to a
-- colleague. Variable: ends_at.
create table deals as
with moves as (
    select *, lag(kind) over (partition by i order by step_no) as kind_before
    from past_steps where fact = 'deal'
),
versions as (
    -- what is opened after a deal was closed is another deal
    select
        *,
        sum(if(kind = 'open' and coalesce(kind_before <> 'open', true), 1, 0)) over (
            partition by i order by step_no
        ) as deal_no
    from moves
),
numbered as (
    select
        *,
        i * 10 + deal_no as deal_key,
        min(happened_at) over (partition by i, deal_no) as opened_at,
        min(case when kind in ('won', 'lost') then happened_at end) over (
            partition by i, deal_no order by step_no
        ) as closed_at,
        row_number() over (partition by i, deal_no order by step_no) as version_no
    from versions
),
colleagues as (
    select company_id, min(contact_id) as first_contact, max(contact_id) as last_contact
    from identities
    where company_id is not null and fit = 'any'
    group by company_id
),
placed as (
    select
        numbered.*, identities.contact_id, identities.company_id, identities.ae_id, identities.country,
        colleagues.first_contact, companies_now.employee_count,
        u(deal_key, 'nobody') < 0.04 as has_nobody,
        u(deal_key, 'moves on') < 0.05 and version_no > 1 and first_contact is not null as has_moved
    from numbered
    inner join identities using (i)
    left join companies_now on identities.company_id = companies_now.company_id
    left join colleagues on identities.company_id = colleagues.company_id
)
select
    'dl-' || padded(i, 7) || '-' || deal_no as deal_id,
    case when has_nobody then null when has_moved then first_contact else contact_id end as contact_id,
    company_id,
    if(u(deal_key, 'ownerless') < 0.05, null, ae_id) as owner_id,
    kind as status,
    outcome as stage,
    round((3000 + 18 * least(coalesce(employee_count, 30), 1500)) * (0.6 + u(deal_key, 'amount'))
        * if(version_no > 1, 0.85 + 0.25 * u(deal_key, 'bargain'), 1) / 100)::bigint * 100 as amount,
    case country when 'CH' then 'CHF' when 'GB' then 'GBP' else 'EUR' end as currency,
    if(kind = 'lost', pick(['price', 'no_decision', 'competitor', 'timing'], u(deal_key, 'lost')), null)
        as lost_reason,
    instant(opened_at) as created_at,
    instant(closed_at) as closed_at,
    instant(happened_at) as updated_at,
    landed(happened_at, u(key, 'deal landed')) as _loaded_at
from placed;

-- In some of the deals a colleague takes part, and sometimes leaves again.
create table deal_contacts as
with firsts as (
    select deal_id, company_id, min(contact_id) as contact_id, min(created_at) as opened_at
    from deals group by deal_id, company_id
),
colleagues as (
    select
        firsts.*, identities.contact_id as colleague,
        row_number() over (partition by deal_id order by u(identities.i, 'joins'), identities.i) as place,
        u(identities.i, 'takes part') as r
    from firsts
    inner join identities on firsts.company_id = identities.company_id
    where firsts.contact_id <> identities.contact_id and identities.fit <> 'competitor'
        and instant(identities.created_at) < opened_at
),
rows_over_time as (
    select deal_id, contact_id, false as is_removed, opened_at as updated_at from firsts
    where contact_id is not null
    union all
    select deal_id, colleague, false, opened_at + interval 2 day from colleagues
    where place = 1 and r < 0.2
    union all
    select deal_id, colleague, true, opened_at + interval 12 day from colleagues
    where place = 1 and r < 0.06
)
select *, updated_at + interval 5 minute as _loaded_at from rows_over_time
where epoch(updated_at) + 300 <= getvariable('ends_at')
    and deal_id in (select deal_id from colleagues where place = 1 and r < 0.2);
