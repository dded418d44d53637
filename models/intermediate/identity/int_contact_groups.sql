{%- set rounds = 5 -%}

with directions as (

    select 1 as direction
    union all
    select 2 as direction

),

round_0 as (

    select * from {{ ref('int_contact_links') }}

),

{{ folded_links(rounds) }}

members as (

    select
        case directions.direction when 1 then stars.contact_id else stars.smallest_id end as contact_id,
        stars.smallest_id
    from round_{{ rounds }} as stars
    cross join directions

),

final as (

    select contact_id, min(smallest_id) as group_id from members
    group by contact_id

)

select * from final
