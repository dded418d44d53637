-- CRM records: a main one per person, and for some a second or third one that is the same person.
-- Variable: ends_at.
create table records as
with doubles as (
    -- the same address twice; another address merged in; a chain of merges; a circle of merges
    select
        i,
        case
            when i = 2 or u(i, 'double') < 0.02 then 'same_email'
            when i = 5 or u(i, 'double') < 0.036 then 'merged'
            when i = 3 or u(i, 'double') < 0.040 then 'chain'
            when i = 4 or u(i, 'double') < 0.0404 then 'circle'
        end as how
    from people
),
listed as (
    select i, 0 as nth, how from doubles
    union all
    select i, 1, how from doubles where how is not null
    union all
    select i, 2, how from doubles where how = 'chain'
)
select
    listed.*,
    listed.i * 10 + nth as record_no,
    identities.contact_id || case nth when 1 then 'b' when 2 then 'c' else '' end as contact_id,
    people.created_at + if(nth = 0, 0, whole(86400, 86400 * 100, u(people.i * 10 + nth, 'second record')))
        as created_at,
    case
        when nth = 0 or how = 'same_email' then identities.email
        else 'perso.' || nth || '.' || split_part(identities.email, '@', 1) || '@webmail.example'
    end as email
from listed
inner join people on listed.i = people.i
inner join identities on listed.i = identities.i;

-- What changed in a record, and when: only the changed columns are filled.
create table record_changes as
with first_touches as (
    select i, min(happened_at) as touched_at from past_steps where fact = 'activity' group by i
)
select
    record_no, records.created_at as changed_at, records.i * 100 + nth as key,
    if(fit in ('any', 'weak') and u(identities.i, 'title at first') < 0.12, null, identities.job_title)
        as job_title,
    if(u(identities.i, 'company at first') < 0.12, null, identities.company_id) as company_id,
    records.email, null as owner_id, null as merged_into, null as is_deleted
from records
inner join identities on records.i = identities.i
union all
-- filled in later, by enrichment or by hand
select
    i * 10, created_at + whole(86400 * 2, 86400 * 60, u(i, 'enriched at')), i * 100 + 11,
    job_title, company_id, null, null, null, null
from identities
where u(i, 'enriched') < 0.25
union all
-- taken by a caller at the first touch, except for the few that nobody took
select
    identities.i * 10, touched_at + 30, identities.i * 100 + 12, null, null, null, sdr_id, null, null
from identities
inner join first_touches on identities.i = first_touches.i
where u(identities.i, 'ownerless') > 0.06
union all
-- promoted
select
    i * 10, created_at + whole(86400 * 60, 86400 * 500, u(i, 'promoted at')), i * 100 + 13,
    pick(deciders(is_french), u(i, 'new title')), null, null, null, null, null
from identities
where seniority in ('manager', 'other') and u(i, 'promoted') < 0.04
union all
-- gone to another company, with another address
select
    i * 10, identities.created_at + whole(86400 * 90, 86400 * 500, u(i, 'moved at')), i * 100 + 14,
    null, companies_now.company_id,
    split_part(identities.email, '@', 1) || '.' || i || '@' || companies_now.domain, null, null, null
from identities
inner join companies_now
    on whole(0, getvariable('companies') - 1, u(i, 'new company')) = companies_now.n
where identities.fit = 'any' and u(i, 'moved') < 0.03
union all
select
    record_no, records.created_at + whole(86400 * 3, 86400 * 60, u(records.i * 10 + nth, 'merged at')),
    records.i * 100 + 20 + nth, null, null, null, null,
    identities.contact_id || if((how = 'circle' and nth = 0) or nth = 2, 'b', ''), null
from records
inner join (select i, contact_id from identities) as identities on records.i = identities.i
where (nth > 0 and how <> 'same_email') or (nth = 0 and how = 'circle')
union all
select
    i * 10, created_at + 86400 * 300, i * 100 + 30, null, null, null, null, null, true
from identities
where u(i, 'deleted') < 0.004 and fit = 'any';
