{#- Each change in a sentence, English and French, that a person can read to a rep. -#}
with changes as (

    select
        *,
        case
            when from_stage is null or flipped_rule = to_stage then path
            else 'left_' || from_stage
        end as reason
    from {{ ref('int_stage_changes') }}

),

labelled as (

    select distinct
        facts.change_id,
        facts.weight,
        coalesce(labels.label_en, signals.label_en, replace({{ part_of('facts.cause', ':', 2) }}, '_', ' '))
        || case {{ part_of('facts.cause', ':', 1) }}
            when 'decay' then ' worth less' when 'expiry' then ' expired' else ''
        end as label_en,
        coalesce(labels.label_fr, signals.label_fr, replace({{ part_of('facts.cause', ':', 2) }}, '_', ' '))
        || case {{ part_of('facts.cause', ':', 1) }}
            when 'decay' then ' (points en baisse)' when 'expiry' then ' (expiré)' else ''
        end as label_fr
    from {{ ref('int_change_facts') }} as facts
    left join {{ ref('cause_labels') }} as labels on facts.cause = labels.cause
    left join {{ ref('signal_labels') }} as signals
        on {{ part_of('facts.cause', ':', 2) }} = signals.signal
    where facts.is_cause

),

worded as (

    select
        change_id,
        {{ joined('label_en', ', ', 'weight, label_en') }} as causes_en,
        {{ joined('label_fr', ', ', 'weight, label_fr') }} as causes_fr
    from labelled
    group by change_id

),

final as (

    select
        {% for language in ['en', 'fr'] %}
        {{ filled_in('templates.text_' ~ language, {
            'causes': "coalesce(worded.causes_" ~ language ~ ", '')",
            'to': "coalesce(to_labels.label_" ~ language ~ ", '" ~ ('no stage' if language == 'en' else 'aucune étape') ~ "')",
            'score': as_text('changes.score_after'),
            'engagement': as_text('changes.engagement_score'),
            'fit': as_text('changes.fit_score'),
            'grade': 'changes.icp_grade',
            'boxes': as_text('changes.boxes_ticked'),
        }) }}
        || ' [' || changes.definition_version || ']' as explanation_{{ language }},
        {% endfor %}
        changes.change_id
    from changes
    inner join {{ ref('change_explanations') }} as templates on changes.reason = templates.reason
    left join worded on changes.change_id = worded.change_id
    left join {{ ref('stage_labels') }} as to_labels on changes.to_stage = to_labels.stage

)

select * from final
