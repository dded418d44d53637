{#- Connected components without recursion: every contact points at the smallest contact it has
    heard of, and each round it hears from its neighbours and from the one it points at, so the
    reach doubles. A data test fails if the rounds did not suffice. -#}
{%- set rounds = 10 -%}
{%- set links = ref('int_same_person_links') -%}
{%- set steps = [] -%}

{%- set first -%}
select contact_id, min(least(contact_id, other_contact_id)) as points_at
from {{ links }}
group by contact_id
{%- endset -%}
{%- do steps.append(('round_0', first)) -%}

{%- for number in range(1, rounds + 1) -%}
    {%- set previous = 'round_' ~ (number - 1) -%}
    {%- set looked = 'looked_' ~ number -%}
    {%- set heard = 'heard_' ~ number -%}

    {%- set looking -%}
    select
        {{ previous }}.contact_id,
        {{ previous }}.points_at,
        onward.points_at as points_onward_at
    from {{ previous }}
    inner join {{ previous }} as onward on {{ previous }}.points_at = onward.contact_id
    {%- endset -%}

    {%- set hearing -%}
    select
        links.contact_id,
        min({{ looked }}.points_onward_at) as smallest_heard
    from {{ links }} as links
    inner join {{ looked }} on links.other_contact_id = {{ looked }}.contact_id
    group by links.contact_id
    {%- endset -%}

    {%- set concluding -%}
    select contact_id, min(candidate) as points_at
    from (
        select contact_id, points_onward_at as candidate from {{ looked }}
        union all
        select contact_id, smallest_heard as candidate from {{ heard }}
        union all
        select {{ looked }}.points_at as contact_id, {{ heard }}.smallest_heard as candidate
        from {{ looked }}
        inner join {{ heard }} on {{ looked }}.contact_id = {{ heard }}.contact_id
    ) as candidates
    group by contact_id
    {%- endset -%}

    {%- do steps.extend([(looked, looking), (heard, hearing), ('round_' ~ number, concluding)]) -%}
{%- endfor -%}

{{ in_steps(steps) }}
select contact_id, points_at as group_id from round_{{ rounds }}
