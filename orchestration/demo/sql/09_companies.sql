-- Companies in three classes of fit: strong (primary sector, right size, in the zone), fair
-- (secondary sector, right size) and any. Variable: people.
set variable companies = greatest(12, getvariable('people') // 7);

create table companies_now as
with numbered as (
    select
        n,
        -- numbers are dealt out so that neither name nor id tells the class
        (n * 7919 + 1234) % 48000 as stem_no,
        n // 48000 as branch_no,
        case
            when n * 100 < getvariable('companies') * 30 then 'strong'
            when n * 100 < getvariable('companies') * 50 then 'fair'
            else 'any'
        end as fit,
        row_number() over (order by u(n, 'company id'), n) as company_no
    from range(getvariable('companies')) as numbers (n)
),
described as (
    select
        *,
        pick(stem_heads(), (stem_no % 40) / 40.0)
        || pick(stem_bodies(), (stem_no // 40 % 30) / 30.0)
        || pick(stem_tails(), (stem_no // 1200) / 40.0) as stem,
        pick(branches(), branch_no % 10 / 10.0) || if(branch_no >= 10, ' ' || branch_no, '') as branch,
        case fit
            when 'strong' then pick(['software', 'financial services', 'manufacturing'], u(n, 'sector'))
            when 'fair' then pick(['retail', 'logistics', 'healthcare'], u(n, 'sector'))
            else pick([
                'software', 'financial services', 'manufacturing', 'retail', 'logistics', 'healthcare',
                'education', 'education', 'public sector', 'public sector', 'hospitality', 'hospitality'
            ], u(n, 'sector'))
        end as industry,
        case
            when fit <> 'any' then whole(50, 1000, u(n, 'size') * u(n, 'size'))
            when u(n, 'band') < 0.45 then whole(5, 19, u(n, 'size'))
            when u(n, 'band') < 0.70 then whole(20, 49, u(n, 'size'))
            when u(n, 'band') < 0.85 then whole(50, 1000, u(n, 'size'))
            when u(n, 'band') < 0.95 then whole(1001, 5000, u(n, 'size'))
            else whole(5001, 20000, u(n, 'size'))
        end as employee_count,
        pick([
            'FR', 'FR', 'FR', 'FR', 'FR', 'FR', 'FR', 'FR', 'FR', 'FR', 'FR', 'FR', 'BE', 'BE', 'CH', 'LU',
            'DE', 'ES', 'IT', if(fit = 'any', 'GB', 'NL')
        ], u(n, 'country')) as country
    from numbered
)
select
    *,
    'co-' || padded(company_no, 6) as company_id,
    trim(stem || ' ' || case industry
        when 'software' then pick(['Logiciels', 'Software', 'Systèmes'], u(n, 'word'))
        when 'financial services' then pick(['Finance', 'Assurances', 'Capital'], u(n, 'word'))
        when 'manufacturing' then pick(['Industrie', 'Mécanique', 'Werke'], u(n, 'word'))
        when 'retail' then pick(['Distribution', 'Maison', 'Stores'], u(n, 'word'))
        when 'logistics' then pick(['Transports', 'Logistik', 'Fret'], u(n, 'word'))
        when 'healthcare' then pick(['Santé', 'Clinic', 'Médical'], u(n, 'word'))
        when 'education' then pick(['École', 'Académie', 'Campus'], u(n, 'word'))
        when 'public sector' then pick(['Métropole', 'Agence publique', 'Territoire'], u(n, 'word'))
        else pick(['Hôtels', 'Restauration', 'Voyages'], u(n, 'word'))
    end || ' ' || branch) as name,
    lower(replace(stem || if(branch = '', '', '-' || branch), ' ', '-')) || '.example' as domain,
    round(employee_count * (90 + 160 * u(n, 'revenue'))) * 1000 as annual_revenue,
    at_work(cast(u(n, 'known since') * 28800 as bigint)) as known_since
from described;

create table companies as
with versions as (
    select
        * replace (if(u(n, 'sector known') < 0.04 and fit = 'any', null, industry) as industry),
        known_since as changed_at
    from companies_now
    union all
    -- one in eight grows or shrinks, and what was missing is filled in
    select
        * replace (
            greatest(5, round(employee_count * (0.85 + 0.4 * u(n, 'growth')))::bigint) as employee_count,
            if(u(n, 'renamed') < 0.1, name || ' Groupe', name) as name
        ),
        known_since + whole(
            86400 * 30, greatest(86400 * 31, getvariable('ends_at') - known_since), u(n, 'grown')
        )
    from companies_now
    where u(n, 'grows') < 0.125
    union all
    select *, known_since + 86400 * 400 from companies_now
    where u(n, 'gone') < 0.004
)
select
    company_id, name, domain, industry, employee_count, annual_revenue::bigint as annual_revenue, country,
    changed_at = known_since + 86400 * 400 as is_deleted,
    instant(changed_at) as updated_at,
    landed(changed_at, u(n, 'company landed')) as _loaded_at
from versions
where changed_at <= getvariable('ends_at')
union all
select
    'co-rival-' || place, name, domain, 'software', 120, 18000000, 'FR', false,
    instant(getvariable('first_monday') + 30000), instant(getvariable('first_monday') + 30600)
from (values
    (1, 'Rival Analytics', 'rival-analytics.example'), (2, 'Concurrent Data', 'concurrent-data.example')
) as rivals (place, name, domain);
