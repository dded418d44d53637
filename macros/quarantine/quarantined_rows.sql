{# The raw rows that broke a rule, whole, with the rule's name. They are judged anew on every run,
   so a row comes back in as soon as a later load makes it valid. #}
{% macro quarantined_rows(table) %}
with generic as (

    select * from {{ ref('stg_generic__' ~ table) }}
    where quarantine_rule is not null

),

raw_rows as (

    select * from {{ source('raw', table) }}

),

final as (

    select
        generic.quarantine_rule,
        raw_rows.*
    from raw_rows
    inner join generic
        on raw_rows._batch = generic._batch
        and raw_rows._row = generic._row

)

select * from final
{% endmacro %}
