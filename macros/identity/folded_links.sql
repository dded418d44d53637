{# Connected components without recursion: links become stars. In each round everybody first hands the
   contacts above it the smallest contact it knows (large star), then those below it (small star), so
   that long chains fold up in a few rounds. Each step reads the one before it once, since not every
   engine keeps the rows of a step that is read twice; and five rounds are as many as planners bear.
   The CTEs `round_1` to `round_<rounds>`; `round_0` and `directions` (1 and 2) are the caller's. #}
{% macro folded_links(rounds) -%}
{%- for number in range(1, rounds + 1) %}
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
{% endfor %}
{%- endmacro %}
