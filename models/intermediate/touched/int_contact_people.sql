{#- Who every contact is, as the next run has to know it to see what changed. -#}
with aliases as (

    select * from {{ ref('int_lead_aliases') }}

),

final as (

    select
        contact_id,
        lead_id,
        md5(email) as email_digest,
        is_internal
    from aliases

)

select * from final
