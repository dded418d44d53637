{#- Connected components without recursion: every contact points at the smallest contact it has
    heard of, and each round it hears from its neighbours and from the one it points at, so the
    reach doubles. A data test fails if the rounds did not suffice. -#}
{%- set rounds = 10 -%}

with links as (

    select * from {{ ref('int_same_person_links') }}

),

round_0 as (

    select contact_id, min(least(contact_id, other_contact_id)) as points_at
    from links
    group by contact_id

),

{% for number in range(1, rounds + 1) %}
{%- set previous = 'round_' ~ (number - 1) -%}
looked_{{ number }} as (

    select
        {{ previous }}.contact_id,
        {{ previous }}.points_at,
        onward.points_at as points_onward_at
    from {{ previous }}
    inner join {{ previous }} as onward on {{ previous }}.points_at = onward.contact_id

),

heard_{{ number }} as (

    select
        links.contact_id,
        min(looked_{{ number }}.points_onward_at) as smallest_heard
    from links
    inner join looked_{{ number }} on links.other_contact_id = looked_{{ number }}.contact_id
    group by links.contact_id

),

round_{{ number }} as (

    select contact_id, min(candidate) as points_at
    from (
        select contact_id, points_onward_at as candidate from looked_{{ number }}
        union all
        select contact_id, smallest_heard as candidate from heard_{{ number }}
        union all
        select looked_{{ number }}.points_at as contact_id, heard_{{ number }}.smallest_heard as candidate
        from looked_{{ number }}
        inner join heard_{{ number }} on looked_{{ number }}.contact_id = heard_{{ number }}.contact_id
    ) as candidates
    group by contact_id

),

{% endfor -%}

final as (

    select contact_id, points_at as group_id from round_{{ rounds }}

)

select * from final
