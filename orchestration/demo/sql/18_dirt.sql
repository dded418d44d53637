-- What real exports contain: rows that parse and break a rule, about one in a thousand and at least
-- one of each; and rows sent twice. All are altered copies of sound rows,
-- made before the first is put in: an insert that reads its own table may meet its own rows.
create macro is_spoilt(key, purpose) as
    key = getvariable('first_key') or u(cast(hash(key) >> 1 as bigint), purpose) < 0.0003;

create macro earlier_than_computers() as timestamp '1970-01-01 00:00:00';

set variable first_key = (select min(contact_id || updated_at) from contacts);
create table spoilt_contacts as
select * replace ('' as contact_id)
from contacts where is_spoilt(contact_id || updated_at, 'contact id')
union all
select * replace (earlier_than_computers() as created_at, earlier_than_computers() as updated_at)
from contacts where is_spoilt(contact_id || updated_at, 'contact instant')
union all
-- sent twice with the same instant: the last to land holds
select * replace ('Assistant ' || job_title as job_title, _loaded_at - interval 1 minute as _loaded_at)
from contacts where is_spoilt(contact_id || updated_at, 'contact twice');
insert into contacts by name from spoilt_contacts;

set variable first_key = (select min(company_id || updated_at) from companies);
create table spoilt_companies as
select * replace (null as company_id)
from companies where is_spoilt(company_id || updated_at, 'company id')
union all
select * replace (-employee_count as employee_count)
from companies where is_spoilt(company_id || updated_at, 'company size');
insert into companies by name from spoilt_companies;

set variable first_key = (select min(activity_id) from sales_activities);
create table spoilt_sales_activities as
select * replace (activity_id || '-u' as activity_id, 'ct-9999999' as contact_id)
from sales_activities where is_spoilt(activity_id, 'activity contact')
union all
select * replace ('' as activity_id)
from sales_activities where is_spoilt(activity_id, 'activity id')
union all
select * replace (activity_id || '-f' as activity_id, 'fax' as activity_type)
from sales_activities where is_spoilt(activity_id, 'activity type')
union all
select * replace (activity_id || '-v' as activity_id, 'parked' as verdict)
from sales_activities where is_spoilt(activity_id, 'activity verdict')
union all
select * replace (activity_id || '-o' as activity_id, earlier_than_computers() as occurred_at)
from sales_activities where is_spoilt(activity_id, 'activity instant')
union all
select * from sales_activities where is_spoilt(activity_id, 'activity twice');
insert into sales_activities by name from spoilt_sales_activities;

set variable first_key = (select min(deal_id || updated_at) from deals);
create table spoilt_deals as
select * replace ('stalled' as status, updated_at + interval 1 second as updated_at)
from deals where is_spoilt(deal_id || updated_at, 'deal status')
union all
select * replace (
    deal_id || '-w' as deal_id, 'won' as status, 'closed_won' as stage,
    created_at - interval 20 day as closed_at
)
from deals where is_spoilt(deal_id || updated_at, 'deal closed')
union all
select * replace ('ct-9999999' as contact_id, deal_id || '-u' as deal_id)
from deals where is_spoilt(deal_id || updated_at, 'deal contact');
insert into deals by name from spoilt_deals;

set variable first_key = (select min(consent_id) from consents);
create table spoilt_consents as
select * replace (consent_id || '-k' as consent_id, 'maybe' as kind)
from consents where is_spoilt(consent_id, 'consent kind')
union all
select * replace (consent_id || '-n' as consent_id, null as contact_id, null as email)
from consents where is_spoilt(consent_id, 'consent person')
union all
select * from consents where is_spoilt(consent_id, 'consent twice');
insert into consents by name from spoilt_consents;

create table spoilt_deal_contacts as
select 'dl-9999999-1' as deal_id, contact_id, false as is_removed, updated_at, _loaded_at
from contacts order by contact_id, updated_at limit 1;
insert into deal_contacts by name from spoilt_deal_contacts;

create table spoilt_campaign_costs as
select * replace ('' as campaign_id)
from campaign_costs where campaign_id = 'bought-lists'
order by cost_date limit 1;
insert into campaign_costs by name from spoilt_campaign_costs;
