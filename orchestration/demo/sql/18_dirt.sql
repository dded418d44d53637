-- What real exports contain: rows that parse and break a rule, about one in a thousand and at least
-- one of each; and rows sent twice. All are altered copies of sound rows.
create macro is_spoilt(n, purpose) as n = 1 or u(n, purpose) < 0.0003;

create temp macro earlier_than_computers() as timestamp '1970-01-01 00:00:00';

create temp table sound_contacts as
select *, row_number() over (order by contact_id, updated_at, job_title) as n from contacts;

insert into contacts by name
select * exclude (n) replace ('' as contact_id) from sound_contacts where is_spoilt(n, 'contact id')
union all
select * exclude (n) replace (earlier_than_computers() as created_at, earlier_than_computers() as updated_at)
from sound_contacts where is_spoilt(n, 'contact instant')
union all
-- sent twice with the same instant: the last to land holds
select * exclude (n) replace ('Assistant ' || job_title as job_title, _loaded_at - interval 1 minute as _loaded_at)
from sound_contacts where is_spoilt(n, 'contact twice');

create temp table sound_companies as
select *, row_number() over (order by company_id, updated_at) as n from companies;

insert into companies by name
select * exclude (n) replace (null as company_id) from sound_companies where is_spoilt(n, 'company id')
union all
select * exclude (n) replace (-employee_count as employee_count) from sound_companies
where is_spoilt(n, 'company size');

create temp table sound_activities as
select *, row_number() over (order by activity_id) as n from sales_activities;

insert into sales_activities by name
select * exclude (n) replace (activity_id || '-u' as activity_id, 'ct-9999999' as contact_id)
from sound_activities where is_spoilt(n, 'activity contact')
union all
select * exclude (n) replace ('' as activity_id) from sound_activities where is_spoilt(n, 'activity id')
union all
select * exclude (n) replace (activity_id || '-f' as activity_id, 'fax' as activity_type)
from sound_activities where is_spoilt(n, 'activity type')
union all
select * exclude (n) replace (activity_id || '-v' as activity_id, 'parked' as verdict)
from sound_activities where is_spoilt(n, 'activity verdict')
union all
select * exclude (n) replace (activity_id || '-o' as activity_id, earlier_than_computers() as occurred_at)
from sound_activities where is_spoilt(n, 'activity instant')
union all
select * exclude (n) from sound_activities where is_spoilt(n, 'activity twice');

create temp table sound_deals as
select *, row_number() over (order by deal_id, updated_at) as n from deals;

insert into deals by name
select * exclude (n) replace ('stalled' as status, updated_at + interval 1 second as updated_at)
from sound_deals where is_spoilt(n, 'deal status')
union all
select * exclude (n) replace (
    deal_id || '-w' as deal_id, 'won' as status, 'closed_won' as stage,
    created_at - interval 20 day as closed_at
)
from sound_deals where is_spoilt(n, 'deal closed')
union all
select * exclude (n) replace ('ct-9999999' as contact_id, deal_id || '-u' as deal_id)
from sound_deals where is_spoilt(n, 'deal contact');

create temp table sound_consents as
select *, row_number() over (order by consent_id) as n from consents;

insert into consents by name
select * exclude (n) replace (consent_id || '-k' as consent_id, 'maybe' as kind)
from sound_consents where is_spoilt(n, 'consent kind')
union all
select * exclude (n) replace (consent_id || '-n' as consent_id, null as contact_id, null as email)
from sound_consents where is_spoilt(n, 'consent person')
union all
select * exclude (n) from sound_consents where is_spoilt(n, 'consent twice');

insert into deal_contacts by name
select 'dl-9999999-1' as deal_id, contact_id, false as is_removed, updated_at, _loaded_at
from sound_contacts where n = 1;

insert into reps by name
select * replace (rep_id || '-x' as rep_id, 'trainee' as role) from reps
where rep_id = 'rep-sdr-101';

insert into campaign_costs by name
select * replace ('' as campaign_id) from campaign_costs where campaign_id = 'bought-lists'
order by cost_date limit 1;
