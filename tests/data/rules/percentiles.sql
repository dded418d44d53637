-- interpolated; what has not come yet lasts longer than anything, and a percentile on it is unknown
with waits as (
    {{ truth_table(['sample varchar', 'seconds float8'], [
        ['all came', 60], ['all came', 120], ['all came', 180],
        ['one to come', 60], ['one to come', 120], ['one to come', none],
        ['half to come', 60], ['half to come', none],
        ['none came', none],
        ['halfway', 177559.449],
    ]) }}
),

expectations as (
    {{ truth_table(['sample varchar', 'median float8', 'p90 float8'], [
        ['all came', 2, 2.8],
        ['one to come', 2, none],
        ['half to come', none, none],
        ['none came', none, none],
        ['halfway', 2959.3242, 2959.3242],
    ]) }}
),

found as (

    select
        sample,
        {{ censored_percentile_of_seconds('seconds', 'true', 0.5, 60) }} as median,
        {{ censored_percentile_of_seconds('seconds', 'true', 0.9, 60) }} as p90
    from waits
    group by sample

)

select expectations.sample, found.median, found.p90
from expectations
left join found on expectations.sample = found.sample
where
    found.median is distinct from expectations.median
    or found.p90 is distinct from expectations.p90
