-- What each campaign cost in each month. Variables: people, first_monday, ends_at.
create table campaign_costs as
with campaigns as (
    -- share: euros a month for every hundred people in the CRM
    select *, row_number() over () as campaign_no from (values
        ('search-fr', 'website', 55), ('content-ads', 'website', 30), ('newsletter', 'website', 9),
        ('nurturing', 'website', 6), ('product-news', 'website', 4), ('webinar-series', 'webinar', 28),
        ('linkedin-ads', 'linkedin', 45), ('trade-fairs', 'event', 70), ('partner-days', 'partner', 18),
        ('agency-leads', 'agency', 40), ('bought-lists', 'purchased_list', 12)
    ) as listed (campaign_id, lead_source, share)
),
months as (
    select unnest(generate_series(
        date_trunc('month', instant(getvariable('first_monday'))) + interval 1 month,
        date_trunc('month', instant(getvariable('ends_at'))), interval 1 month
    )) as month_start
)
select
    campaign_id,
    lead_source,
    cast(month_start as date) as cost_date,
    200 + round(
        share * greatest(1, getvariable('people') / 100.0)
        * (0.7 + 0.6 * u(campaign_no * 10000 + datediff('month', date '1990-01-01', month_start), 'cost')), 2
    ) as amount,
    'EUR' as currency,
    least(instant(getvariable('ends_at')), month_start + interval 3 day) as _loaded_at
from campaigns, months;
