{#- What each company is called at `as_of`: its latest name that is not empty. -#}
with companies as (

    select
        *,
        row_number() over (partition by company_id order by updated_at) as version_number
    from {{ ref('stg_companies') }}

),

named as (

    select
        company_id,
        name as company_name,
        row_number() over (partition by company_id order by updated_at desc) as recency
    from companies
    where name is not null and (updated_at <= {{ as_of() }} or version_number = 1)

),

final as (

    select company_id, company_name from named
    where recency = 1

)

select * from final
