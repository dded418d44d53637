{# A track takes people in at its trigger while they stand in one of its stages, and lets them go when
   they leave those. #}
{% macro is_stage_of_track(stage, stages) -%}
    {{ equals_any(stage, stages) }}
{%- endmacro %}

{# At one instant what a rep said goes before what was concluded: the lower, the plainer. #}
{% macro plainness(is_said_by_rep) -%}
    case when {{ is_said_by_rep }} then 0 else 1 end
{%- endmacro %}

{# A known reason without a delay means never; one that nobody knows says nothing of it. #}
{% macro is_tried_again(known_reason, days_of_reason) -%}
    ({{ known_reason }} is null or {{ days_of_reason }} is not null)
{%- endmacro %}

{# When sales or marketing tries again: by the reason they were sent back for, else by the track. #}
{% macro next_try_at(enrolled_at, days_of_reason, days_of_track) -%}
    ({{ enrolled_at }} + interval '1' day * coalesce({{ days_of_reason }}, {{ days_of_track }}))
{%- endmacro %}

{# The language a person is written to in: French or English. #}
{% macro written_language(language) -%}
    case when {{ language }} = 'fr' or {{ language }} like 'fr-%' then 'fr' else 'en' end
{%- endmacro %}
