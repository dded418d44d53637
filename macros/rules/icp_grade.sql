{# Grades A to D by fit points, X excluded, U unknown: neither the job title nor the company's
   industry or size is known. Unknown is a list to enrich, not a bad fit. #}
{% macro icp_grade(fit_score, is_excluded, is_known, grade_a, grade_b, grade_c) -%}
    case
        when {{ is_excluded }} then 'X'
        when not {{ is_known }} then 'U'
        when {{ fit_score }} >= {{ grade_a }} then 'A'
        when {{ fit_score }} >= {{ grade_b }} then 'B'
        when {{ fit_score }} >= {{ grade_c }} then 'C'
        else 'D'
    end
{%- endmacro %}

{% macro is_icp_validated(grade) -%}
    ({{ grade }} in ('A', 'B'))
{%- endmacro %}

{# Grades as numbers, so that a change of grade can be added up like any other. #}
{% macro grade_code(grade) -%}
    case {{ grade }} when 'U' then 1 when 'A' then 2 when 'B' then 3 when 'C' then 4 when 'D' then 5 when 'X' then 6 end
{%- endmacro %}

{% macro grade_of_code(code) -%}
    case {{ code }} when 1 then 'U' when 2 then 'A' when 3 then 'B' when 4 then 'C' when 5 then 'D' when 6 then 'X' end
{%- endmacro %}
