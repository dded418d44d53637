{# Text functions on which engines differ. Lists of literals are separated by `|`. #}

{# A value as text; text without a length is called differently. #}
{% macro as_text(expression) -%}
    cast({{ expression }} as {{ dbt.type_string() }})
{%- endmacro %}

{# A text without the spaces around it, the no-break ones of other alphabets and layouts included. #}
{% macro trimmed(text) -%}
    {{ return(adapter.dispatch('trimmed', 'leadger')(text)) }}
{%- endmacro %}

{% macro default__trimmed(text) -%}
    trim({{ text }})
{%- endmacro %}

{% macro postgres__trimmed(text) -%}
    trim(both '{{ unicode_spaces() }}' from {{ text }})
{%- endmacro %}

{% macro spark__trimmed(text) -%}
    trim(both '{{ unicode_spaces() }}' from {{ text }})
{%- endmacro %}

{# What Unicode calls space separators. #}
{% macro unicode_spaces() -%}
    {{ return(
        ' \u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000'
    ) }}
{%- endmacro %}

{# A text in small letters, of any alphabet, letter by letter. #}
{% macro lower_case(text) -%}
    {{ return(adapter.dispatch('lower_case', 'leadger')(text)) }}
{%- endmacro %}

{% macro default__lower_case(text) -%}
    lower({{ text }})
{%- endmacro %}

{# Java would look at the letters around, and make two of some. #}
{% macro spark__lower_case(text) -%}
    case
        when octet_length({{ text }}) = length({{ text }}) then lower({{ text }})
        else array_join(transform(
            split({{ text }}, ''), letter -> if(letter = 'İ', 'i', lower(letter))
        ), '')
    end
{%- endmacro %}

{# A text in capitals, of any alphabet, letter by letter; that of the sharp s is the capital sharp s. #}
{% macro upper_case(text) -%}
    {{ return(adapter.dispatch('upper_case', 'leadger')(text)) }}
{%- endmacro %}

{% macro default__upper_case(text) -%}
    upper({{ text }})
{%- endmacro %}

{% macro postgres__upper_case(text) -%}
    replace(upper({{ text }}), 'ß', 'ẞ')
{%- endmacro %}

{% macro spark__upper_case(text) -%}
    case
        when octet_length({{ text }}) = length({{ text }}) then upper({{ text }})
        else array_join(transform(
            split({{ text }}, ''),
            letter -> case
                when letter = 'ß' then 'ẞ'
                when length(upper(letter)) = 1 then upper(letter)
                else letter
            end
        ), '')
    end
{%- endmacro %}

{# True when the text contains any of the literal substrings, whatever their case. #}
{% macro contains_any(text, literals) -%}
    {{ any_part(
        literals,
        trimmed('part') ~ " <> '' and position(" ~ trimmed('part') ~ " in " ~ lower_case(text) ~ ") > 0"
    ) }}
{%- endmacro %}

{# True when the text equals any of the literals, trimmed, whatever their case. #}
{% macro equals_any(text, literals) -%}
    {{ any_part(literals, trimmed('part') ~ " = " ~ lower_case(trimmed(text))) }}
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
    (len(list_filter(
        string_split({{ lower_case(literals) }}, '|'), lambda part : {{ condition }}
    )) > 0)
{%- endmacro %}

{% macro postgres__any_part(literals, condition) -%}
    exists (
        select 1 from unnest(string_to_array({{ lower_case(literals) }}, '|')) as parts (part)
        where {{ condition }}
    )
{%- endmacro %}

{% macro spark__any_part(literals, condition) -%}
    exists(split({{ lower_case(literals) }}, '[|]'), part -> {{ condition }})
{%- endmacro %}

{# The values of a group joined in an order of their own: columns, each with `desc` or nothing. #}
{% macro joined(text, separator, order_by) -%}
    {{ return(adapter.dispatch('joined', 'leadger')(text, separator, order_by)) }}
{%- endmacro %}

{% macro default__joined(text, separator, order_by) -%}
    string_agg({{ text }}, '{{ separator }}' order by {{ order_by }})
{%- endmacro %}

{# DuckDB sorts the groups of an ordered aggregate one by one, which takes five times as long. #}
{% macro duckdb__joined(text, separator, order_by) -%}
    {%- set keys = [] -%}
    {%- for column in order_by.split(', ') -%}
        {%- set words = column.split(' ') -%}
        {%- do keys.append(words[0] ~ ", '" ~ (words[1] if words[1:] else 'asc') ~ " nulls last'") -%}
    {%- endfor -%}
    array_to_string(list_transform(
        list_sort(
            list(struct_pack(place := create_sort_key({{ keys | join(', ') }}), part := {{ text }}))
            filter (where {{ text }} is not null)
        ),
        lambda each : struct_extract(each, 'part')
    ), '{{ separator }}')
{%- endmacro %}

{% macro spark__joined(text, separator, order_by) -%}
    listagg({{ text }}, '{{ separator }}') within group (order by {{ order_by }})
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
