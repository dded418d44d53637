{#- Connected components without recursion: links become stars. In each round everybody first hands
    the contacts above it the smallest contact it knows (large star), then those below it (small
    star), so that long chains fold up in a few rounds. Each step reads the one before it once, since
    not every engine keeps the rows of a step that is read twice. A data test fails if the rounds did
    not suffice. -#}
{%- set rounds = 10 -%}

with directions as (

    select 1 as direction
    union all
    select 2 as direction

),

round_0 as (

    select contact_id, other_contact_id as smallest_id from {{ ref('int_same_person_links') }}
    where contact_id > other_contact_id

),

{% for number in range(1, rounds + 1) %}
neighbours_{{ number }} as (

    select
        case directions.direction when 1 then links.contact_id else links.smallest_id end as contact_id,
        case directions.direction when 1 then links.smallest_id else links.contact_id end as other_id
    from round_{{ number - 1 }} as links
    cross join directions

),

heard_{{ number }} as (

    select
        contact_id,
        other_id,
        min(least(contact_id, other_id)) over (partition by contact_id) as smallest_id
    from neighbours_{{ number }}

),

large_star_{{ number }} as (

    select distinct other_id as contact_id, smallest_id from heard_{{ number }}
    where other_id > contact_id

),

told_{{ number }} as (

    select
        contact_id,
        smallest_id as other_id,
        min(smallest_id) over (partition by contact_id) as smallest_id
    from large_star_{{ number }}

),

round_{{ number }} as (

    select distinct
        case when other_id = smallest_id then contact_id else other_id end as contact_id,
        smallest_id
    from told_{{ number }}

),

{% endfor -%}

found as (

    select
        case directions.direction when 1 then stars.contact_id else stars.smallest_id end as contact_id,
        stars.smallest_id
    from round_{{ rounds }} as stars
    cross join directions

),

final as (

    select contact_id, min(smallest_id) as group_id from found
    group by contact_id

)

select * from final
