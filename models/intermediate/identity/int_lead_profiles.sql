{#- What is known of each person now: the attributes in force at `as_of`. -#}
with attributes as (

    select * from {{ ref('int_contact_attributes') }}
    where {{ holds_at(as_of(), 'valid_from', 'valid_to') }}

),

pivoted as (

    select
        {% for attribute in [
            'email', 'first_name', 'last_name', 'job_title', 'country', 'language', 'lead_source',
            'owner_id', 'source_agency',
        ] %}
        max(case when attribute = '{{ attribute }}' then value end) as {{ attribute }},
        {% endfor %}
        lead_id
    from attributes
    group by lead_id

),

companies as (

    select lead_id, company_id from {{ ref('int_lead_companies') }}
    where {{ holds_at(as_of(), 'valid_from', 'valid_to') }}

),

final as (

    select
        people.lead_id,
        people.identified_at,
        people.is_deleted,
        {{ email_address('pivoted.email') }} as email,
        pivoted.first_name,
        pivoted.last_name,
        pivoted.job_title,
        pivoted.country,
        pivoted.language,
        pivoted.owner_id,
        pivoted.source_agency,
        {{ lower_case('pivoted.lead_source') }} as lead_source,
        companies.company_id
    from {{ ref('int_people') }} as people
    left join pivoted on people.lead_id = pivoted.lead_id
    left join companies on people.lead_id = companies.lead_id
    where not people.is_internal

)

select * from final
