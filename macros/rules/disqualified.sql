{# Disqualified by sales' latest verdict, unless reopened since; or because the fit is excluded. #}
{% macro disqualified_path(latest_verdict_is_disqualified, grade) -%}
    case
        when {{ latest_verdict_is_disqualified }} then 'verdict'
        when {{ grade }} = 'X' then 'exclusion'
    end
{%- endmacro %}
