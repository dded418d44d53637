{# Text functions on which engines differ. Lists of literals are separated by `|`. #}

{# True when the text contains any of the literal substrings, whatever their case. #}
{% macro contains_any(text, literals) -%}
    {{ return(adapter.dispatch('contains_any', 'leadger')(text, literals)) }}
{%- endmacro %}

{% macro default__contains_any(text, literals) -%}
    (len(list_filter(
        string_split(lower({{ literals }}), '|'),
        lambda part : trim(part) <> '' and contains(lower({{ text }}), trim(part))
    )) > 0)
{%- endmacro %}

{# True when the text equals any of the literals, trimmed, whatever their case. #}
{% macro equals_any(text, literals) -%}
    {{ return(adapter.dispatch('equals_any', 'leadger')(text, literals)) }}
{%- endmacro %}

{% macro default__equals_any(text, literals) -%}
    list_contains(
        list_transform(string_split(lower({{ literals }}), '|'), lambda part : trim(part)),
        lower(trim({{ text }}))
    )
{%- endmacro %}

{# The number a text holds, null when it holds none. #}
{% macro number_in(text) -%}
    {{ return(adapter.dispatch('number_in', 'leadger')(text)) }}
{%- endmacro %}

{% macro default__number_in(text) -%}
    try_cast({{ text }} as double)
{%- endmacro %}

{# The values of a group joined in an order of their own. #}
{% macro joined(text, separator, order_by) -%}
    {{ return(adapter.dispatch('joined', 'leadger')(text, separator, order_by)) }}
{%- endmacro %}

{% macro default__joined(text, separator, order_by) -%}
    string_agg({{ text }}, '{{ separator }}' order by {{ order_by }})
{%- endmacro %}

{# An instant as ISO 8601 text with microseconds, the same on every engine. #}
{% macro iso_instant(instant) -%}
    {{ return(adapter.dispatch('iso_instant', 'leadger')(instant)) }}
{%- endmacro %}

{% macro default__iso_instant(instant) -%}
    strftime({{ instant }}, '%Y-%m-%dT%H:%M:%S.%fZ')
{%- endmacro %}

{# The part of a text before or after a separator; empty when the separator is not there. #}
{% macro part_of(text, separator, position) -%}
    split_part({{ text }}, '{{ separator }}', {{ position }})
{%- endmacro %}

{# True when the text contains any of the literals as whole words; both are padded with spaces. #}
{% macro contains_any_word(text, literals) -%}
    {{ return(adapter.dispatch('contains_any_word', 'leadger')(text, literals)) }}
{%- endmacro %}

{% macro default__contains_any_word(text, literals) -%}
    (len(list_filter(
        string_split(lower({{ literals }}), '|'),
        lambda part : contains({{ text }}, part)
    )) > 0)
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
