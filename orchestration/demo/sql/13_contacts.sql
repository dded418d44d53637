-- The versions of every CRM record: each is the whole record as it was. Variable: ends_at.
create table contacts as
with carried as (
    select
        record_no, changed_at, key,
        last_value(job_title ignore nulls) over versions as job_title,
        last_value(company_id ignore nulls) over versions as company_id,
        last_value(email ignore nulls) over versions as email,
        last_value(owner_id ignore nulls) over versions as owner_id,
        last_value(merged_into ignore nulls) over versions as merged_into_contact_id,
        last_value(is_deleted ignore nulls) over versions as is_deleted
    from record_changes
    window versions as (
        partition by record_no order by changed_at, key rows between unbounded preceding and current row
    )
)
select
    records.contact_id,
    if(u(key, 'shouts') < 0.02, ' ' || upper(carried.email), carried.email) as email,
    identities.first_name, identities.last_name, carried.job_title, identities.phone,
    carried.company_id, identities.country, identities.language, identities.lead_source,
    identities.source_agency, carried.owner_id, carried.merged_into_contact_id,
    coalesce(carried.is_deleted, false) as is_deleted,
    instant(records.created_at) as created_at,
    instant(changed_at) as updated_at,
    -- a few records arrive after what happened to them
    if(
        u(key, 'arrives late') < 0.003,
        instant(least(getvariable('ends_at'), changed_at + 86400 * 4)),
        landed(changed_at, u(key, 'contact landed'))
    ) as _loaded_at
from carried
inner join records on carried.record_no = records.record_no
inner join identities on records.i = identities.i
where changed_at <= getvariable('ends_at');
