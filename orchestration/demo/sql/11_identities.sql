-- Name, address, company, role and rep of every person.
create table identities as
with classes as (
    -- where each class of fit begins in the numbering of companies
    select
        count(*) filter (fit = 'strong') as strong, count(*) filter (fit = 'fair') as fair
    from companies_now
),
placed as (
    select
        people.i, people.fit, people.lead_source, people.created_at,
        case people.fit
            when 'strong' then whole(0, strong - 1, u(i, 'company'))
            when 'fair' then whole(strong, strong + fair - 1, u(i, 'company'))
            when 'any' then if(
                u(i, 'employed') < 0.9, whole(0, getvariable('companies') - 1, u(i, 'company')), null
            )
        end as n
    from people, classes
),
employed as (
    select
        placed.*,
        companies_now.company_id,
        companies_now.domain,
        coalesce(
            companies_now.country, pick(['FR', 'FR', 'FR', 'BE', 'CH', 'ES', 'GB'], u(i, 'country'))
        ) as country
    from placed
    left join companies_now on placed.n = companies_now.n
),
speaking as (
    select
        *,
        case country
            when 'FR' then 'fr' when 'LU' then 'fr' when 'BE' then if(u(i, 'speaks') < 0.6, 'fr', 'nl')
            when 'CH' then if(u(i, 'speaks') < 0.4, 'fr', 'de') when 'NL' then 'nl' when 'DE' then 'de'
            when 'ES' then 'es' when 'IT' then 'it' else 'en'
        end as language
    from employed
),
named as (
    select
        * replace (
            if(fit = 'competitor', 'co-rival-' || whole(1, 2, u(i, 'rival')), company_id) as company_id
        ),
        language = 'fr' as is_french,
        pick(first_names(), u(i, 'first name')) as first_name,
        pick(last_names(), u(i, 'last name')) as last_name,
        case
            when fit = 'competitor'
                then if(u(i, 'rival') < 0.5, 'rival-analytics.example', 'concurrent-data.example')
            when fit = 'internal' then 'leadger.example'
            when fit = 'student' then 'campus-lumerel.example'
            else coalesce(domain, 'webmail.example')
        end as mail_domain,
        case
            when fit = 'student' then 'student'
            when fit in ('strong', 'fair') then if(u(i, 'role') < 0.45, 'decider', 'manager')
            when fit = 'unknown' then null
            when fit = 'weak' then 'other'
            when u(i, 'role') < 0.18 then 'decider'
            when u(i, 'role') < 0.42 then 'manager'
            when u(i, 'role') < 0.95 then 'other'
            else 'intern'
        end as seniority
    from speaking
),
addressed as (
    select
        *,
        if(fit = 'any' and u(i, 'role address') < 0.01, 'contact', replace(replace(
            lower(strip_accents(first_name || '.' || last_name)), ' ', ''), '''', '')) as local_part,
        if(country in ('FR', 'BE', 'LU', 'CH'), 1, 2) as team_no
    from named
)
select
    * exclude (local_part, domain, n),
    local_part || if(
        row_number() over (partition by local_part, mail_domain order by i) = 1, '',
        cast(row_number() over (partition by local_part, mail_domain order by i) as varchar)
    ) || '@' || mail_domain as email,
    pick(case seniority
        when 'decider' then deciders(is_french) when 'manager' then managers(is_french)
        when 'intern' then interns(is_french) when 'student' then students(is_french)
        when 'other' then others(is_french)
    end, u(i, 'title')) as job_title,
    -- numbers that the French regulator keeps for fiction
    case when country = 'FR' and u(i, 'has phone') < 0.7
        then pick(['01 99 00', '02 61 91', '03 53 01', '04 65 71', '05 36 49', '06 39 98'], u(i, 'area'))
            || ' ' || padded(whole(0, 99, u(i, 'phone 1')), 2)
            || ' ' || padded(whole(0, 99, u(i, 'phone 2')), 2)
    end as phone,
    if(lead_source = 'agency', pick(agencies(), u(i, 'agency')), null) as source_agency,
    rep('sdr', team_no, u(i, 'sdr')) as sdr_id,
    rep('ae', team_no, u(i, 'ae')) as ae_id,
    'ct-' || padded(i, 7) as contact_id
from addressed;
