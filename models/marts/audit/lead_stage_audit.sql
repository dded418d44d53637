{{ config(enabled=var('marts_schema') != 'marts') }}

{#- What this run has to say that the log does not say yet. Publishing appends it to the log; what
    stands in the log is the latest statement about each change. -#}
{%- set content = [
    'change_number', 'changed_at', 'from_stage', 'to_stage', 'path', 'cause', 'cause_fact_id',
    'score_before', 'score_after', 'boxes_before', 'boxes_after', 'epoch', 'definition_version',
] -%}

with changes as (

    select * from {{ ref('lead_stage_changes') }}

),

log as (

    select * from {{ in_use('marts', 'lead_stage_audit') }}
    where {{ is_touched('lead_id') }}

),

latest as (

    select
        *,
        row_number() over (partition by change_id order by audit_id desc) as recency
    from log

),

standing as (

    select * from latest
    where recency = 1 and statement = 'asserted'

),

statements as (

    select
        'retracted' as statement,
        0 as place,
        standing.change_id,
        {% for column in content %}
        standing.{{ column }},
        {% endfor %}
        standing.lead_id
    from standing
    left join changes on standing.change_id = changes.change_id
    where
        changes.change_id is null
        {%- for column in content %}
        or standing.{{ column }} is distinct from changes.{{ column }}
        {%- endfor %}
    union all
    select
        'asserted' as statement,
        1 as place,
        changes.change_id,
        {% for column in content %}
        changes.{{ column }},
        {% endfor %}
        changes.lead_id
    from changes
    left join standing on changes.change_id = standing.change_id
    where
        standing.change_id is null
        {%- for column in content %}
        or standing.{{ column }} is distinct from changes.{{ column }}
        {%- endfor %}

),

erased as (

    select distinct lead_id from {{ in_use('control', 'erasure_tombstones') }}
    where erased_at > {{ since('published_at') }}

),

final as (

    select
        -- ids
        -- the log goes on counting
        row_number() over (order by statements.lead_id, statements.changed_at, statements.place)
        + (select coalesce(max(audit_id), 0) from {{ in_use('marts', 'lead_stage_audit') }}) as audit_id,
        {{ as_text("'" ~ var('run_id') ~ "'") }} as run_id,
        statements.change_id,
        statements.lead_id,

        -- what is said, and why it is said now
        statements.statement,
        {{ audit_reason(
            'statements.statement',
            'statements.changed_at',
            'erased.lead_id is not null',
            'coalesce(touched.is_late, true)',
            judged_until=since('built_as_of'),
            definitions_changed_from=from_then_on('definitions_changed_from'),
            is_code_changed=var('is_code_changed')
        ) }} as reason,

        -- the change
        statements.from_stage,
        statements.to_stage,
        statements.path,
        statements.cause,
        statements.cause_fact_id,
        statements.boxes_before,
        statements.boxes_after,
        statements.definition_version,

        -- numbers
        cast(statements.change_number as integer) as change_number,
        statements.score_before,
        statements.score_after,
        statements.epoch,

        -- instants
        statements.changed_at,
        cast('{{ var("recorded_at") }}' as timestamp) as recorded_at
    from statements
    left join erased on statements.lead_id = erased.lead_id
    left join {{ ref('int_touched_leads') }} as touched on statements.lead_id = touched.lead_id

)

select * from final
