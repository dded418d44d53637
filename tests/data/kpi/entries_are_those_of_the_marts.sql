-- the funnel counts what the marts list: an entry for every episode, SQL and prospect, one lead a person
with listed as (

    select 'lead' as stage, lead_id, became_lead_at as entered_at from {{ ref('leads') }}
    where became_lead_at is not null
    union all
    select 'mql', lead_id, entered_at from {{ ref('mqls') }}
    union all
    select 'sql', lead_id, entered_at from {{ ref('sqls') }}
    union all
    select 'prospect', lead_id, entered_at from {{ ref('prospects') }}

),

counted as (

    select stage, lead_id, entered_at from {{ ref('funnel_entries') }}
    where stage <> 'customer'

)

select coalesce(listed.stage, counted.stage) as stage, coalesce(listed.lead_id, counted.lead_id) as lead_id
from listed
full outer join counted
    on
        listed.stage = counted.stage
        and listed.lead_id = counted.lead_id
        and listed.entered_at = counted.entered_at
where listed.lead_id is null or counted.lead_id is null
