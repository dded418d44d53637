{# An address that can identify a person: trimmed, lower-cased, something before the @,
   a domain with a dot inside. Null for anything else. #}
{% macro email_address(text) -%}
    case when {{ trimmed(text) }} like '_%@_%._%' then {{ lower_case(trimmed(text)) }} end
{%- endmacro %}

{# An address as the marts show it: that of an erased person is a hash, and is not shown. #}
{% macro shown_address(address) -%}
    case when {{ address }} not like '%@erased.invalid' then {{ address }} end
{%- endmacro %}

{% macro email_domain(address) -%}
    {{ part_of(address, '@', 2) }}
{%- endmacro %}

{% macro email_local_part(address) -%}
    {{ part_of(address, '@', 1) }}
{%- endmacro %}
