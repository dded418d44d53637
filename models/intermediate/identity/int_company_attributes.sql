{%- set attributes = {
    'domain': 'domain',
    'industry': 'industry',
    'employee_count': as_text('employee_count'),
    'annual_revenue': number_as_text('annual_revenue'),
    'country': 'country',
} -%}

with companies as (

    select
        *,
        row_number() over (partition by company_id order by updated_at) as version_number
    from {{ ref('stg_companies') }}

),

versions as (

    select
        *,
        case when version_number = 1 then {{ beginning_of_time() }} else updated_at end as visible_from
    from companies
    where updated_at <= {{ as_of() }} or version_number = 1

),

named_values as (

    {% for attribute, text in attributes.items() %}
    select
        company_id, '{{ attribute }}' as attribute, {{ text }} as value, visible_from
    from versions
    where {{ attribute }} is not null
    {{ 'union all' if not loop.last }}
    {% endfor %}

),

final as (

    select
        company_id,
        attribute,
        value,
        visible_from as valid_from,
        lead(visible_from, 1, {{ end_of_time() }}) over (
            partition by company_id, attribute order by visible_from
        ) as valid_to
    from named_values

)

select * from final
