{# A track takes people in at its trigger while they stand in one of its stages, and lets them go when
   they leave those. #}
{% macro is_stage_of_track(stage, stages) -%}
    {{ equals_any(stage, stages) }}
{%- endmacro %}

{# When sales or marketing tries again: by the reason they were sent back for, else by the track. #}
{% macro next_try_at(enrolled_at, days_of_reason, days_of_track) -%}
    ({{ enrolled_at }} + interval '1' day * coalesce({{ days_of_reason }}, {{ days_of_track }}))
{%- endmacro %}

{# The language a person is written to in: French or English. #}
{% macro written_language(language) -%}
    case when {{ language }} = 'fr' or {{ language }} like 'fr-%' then 'fr' else 'en' end
{%- endmacro %}
