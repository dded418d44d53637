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
