{# What a decay step leaves of a signal's points: whole points, half rounded away from zero. #}
{% macro points_remaining(points, remaining_percent) -%}
    cast(sign({{ points }}) * floor((abs({{ points }}) * {{ remaining_percent }} + 50) / 100.0) as integer)
{%- endmacro %}

{# A signal scores at most so many times a day; no limit when none is given. #}
{% macro is_within_day_cap(number_in_day, max_per_day) -%}
    ({{ max_per_day }} is null or {{ number_in_day }} <= {{ max_per_day }})
{%- endmacro %}

{# A group's balance counts up to its cap; no limit when none is given. #}
{% macro points_within_cap(balance, cap) -%}
    case when {{ cap }} is not null and {{ balance }} > {{ cap }} then {{ cap }} else {{ balance }} end
{%- endmacro %}

{# An axis is kept within 0 and its maximum. #}
{% macro points_within_axis(points, maximum) -%}
    case
        when {{ points }} < 0 then 0
        when {{ points }} > {{ maximum }} then {{ maximum }}
        else {{ points }}
    end
{%- endmacro %}

{# Why the score moved by something else than what was posted. #}
{% macro adjustment_reason(axis, is_at_reset, is_at_new_definition, capped_by_groups) -%}
    case
        when {{ axis }} = 'engagement' and {{ is_at_reset }} then 'reset'
        when {{ is_at_new_definition }} then 'definition'
        when {{ axis }} = 'engagement' and {{ capped_by_groups }} <> 0 then 'group_cap'
        else {{ axis }} || '_limit'
    end
{%- endmacro %}
