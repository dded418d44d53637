{# Text functions on which engines differ. Lists of literals are separated by `|`. #}

{# A value as text; text without a length is called differently. #}
{% macro as_text(expression) -%}
    cast({{ expression }} as {{ dbt.type_string() }})
{%- endmacro %}

{# True when the text contains any of the literal substrings, whatever their case. #}
{% macro contains_any(text, literals) -%}
    {{ any_part(literals, "trim(part) <> '' and position(trim(part) in lower(" ~ text ~ ")) > 0") }}
{%- endmacro %}

{# True when the text equals any of the literals, trimmed, whatever their case. #}
{% macro equals_any(text, literals) -%}
    {{ any_part(literals, "trim(part) = lower(trim(" ~ text ~ "))") }}
{%- endmacro %}

{# True when the text contains any of the literals as whole words; both are padded with spaces. #}
{% macro contains_any_word(text, literals) -%}
    {{ any_part(literals, "position(part in " ~ text ~ ") > 0") }}
{%- endmacro %}

{# True when the condition holds for any of the literals, in lower case; it calls each `part`. #}
{% macro any_part(literals, condition) -%}
    {{ return(adapter.dispatch('any_part', 'leadger')(literals, condition)) }}
{%- endmacro %}

{% macro default__any_part(literals, condition) -%}
    (len(list_filter(string_split(lower({{ literals }}), '|'), lambda part : {{ condition }})) > 0)
{%- endmacro %}

{% macro postgres__any_part(literals, condition) -%}
    exists (
        select 1 from unnest(string_to_array(lower({{ literals }}), '|')) as parts (part)
        where {{ condition }}
    )
{%- endmacro %}

{% macro spark__any_part(literals, condition) -%}
    exists(split(lower({{ literals }}), '[|]'), part -> {{ condition }})
{%- endmacro %}

{# The number a text holds, null when it holds none. #}
{% macro number_in(text) -%}
    {{ return(adapter.dispatch('number_in', 'leadger')(text)) }}
{%- endmacro %}

{% macro default__number_in(text) -%}
    try_cast({{ text }} as double)
{%- endmacro %}

{% macro spark__number_in(text) -%}
    case
        when {{ text }} rlike '^\\s*[-+]?([0-9]+[.]?[0-9]*|[.][0-9]+)([eE][-+]?[0-9]+)?\\s*$'
            then cast({{ text }} as double)
    end
{%- endmacro %}

{% macro postgres__number_in(text) -%}
    case
        when {{ text }} ~ '^\s*[-+]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][-+]?[0-9]+)?\s*$'
            then cast({{ text }} as double precision)
    end
{%- endmacro %}

{# The values of a group joined in an order of their own. #}
{% macro joined(text, separator, order_by) -%}
    {{ return(adapter.dispatch('joined', 'leadger')(text, separator, order_by)) }}
{%- endmacro %}

{% macro default__joined(text, separator, order_by) -%}
    string_agg({{ text }}, '{{ separator }}' order by {{ order_by }})
{%- endmacro %}

{% macro spark__joined(text, separator, order_by) -%}
    listagg({{ text }}, '{{ separator }}') within group (order by {{ order_by }})
{%- endmacro %}

{# An instant as ISO 8601 text with microseconds, the same on every engine. #}
{% macro iso_instant(instant) -%}
    {{ return(adapter.dispatch('iso_instant', 'leadger')(instant)) }}
{%- endmacro %}

{% macro default__iso_instant(instant) -%}
    strftime({{ instant }}, '%Y-%m-%dT%H:%M:%S.%fZ')
{%- endmacro %}

{% macro postgres__iso_instant(instant) -%}
    to_char({{ instant }}, 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')
{%- endmacro %}

{% macro spark__iso_instant(instant) -%}
    date_format({{ instant }}, "yyyy-MM-dd'T'HH:mm:ss.SSSSSS'Z'")
{%- endmacro %}

{# The part of a text before or after a separator; empty when the separator is not there. #}
{% macro part_of(text, separator, position) -%}
    split_part({{ text }}, '{{ separator }}', {{ position }})
{%- endmacro %}

{# A text with its {placeholders} filled in. #}
{% macro filled_in(template, values) -%}
    {%- set filled = namespace(text=template) -%}
    {%- for name, value in values.items() -%}
        {%- set filled.text = "replace(" ~ filled.text ~ ", '{" ~ name ~ "}', " ~ value ~ ")" -%}
    {%- endfor -%}
    {{ filled.text }}
{%- endmacro %}

{# A text with punctuation turned into spaces. #}
{% macro spaced_out(text, marks) -%}
    {%- set spaced = namespace(text=text) -%}
    {%- for mark in marks -%}
        {%- set spaced.text = "replace(" ~ spaced.text ~ ", '" ~ mark ~ "', ' ')" -%}
    {%- endfor -%}
    {{ spaced.text }}
{%- endmacro %}
