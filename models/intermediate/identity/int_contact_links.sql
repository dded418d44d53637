{%- set rounds = 5 -%}

with directions as (

    select 1 as direction
    union all
    select 2 as direction

),

round_0 as (

    select contact_id, other_contact_id as smallest_id from {{ ref('int_same_person_links') }}
    where contact_id > other_contact_id

),

{{ folded_links(rounds) }}

final as (

    select contact_id, smallest_id from round_{{ rounds }}

)

select * from final
