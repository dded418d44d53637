{# The stage at an instant: in order, the first that holds. Null when none does. #}
{% macro stage(won_deals, opt_out, disqualified, prospect, is_sql, is_checklist_failed, is_mql,
               epoch, is_lead) -%}
    case
        when {{ won_deals }} > 0 then 'customer'
        when {{ opt_out }} is not null then 'opted_out'
        when {{ disqualified }} is not null then 'disqualified'
        when {{ prospect }} is not null then 'prospect'
        when {{ is_sql }} then 'sql'
        when {{ is_checklist_failed }} then 'nurturing'
        when {{ is_mql }} then 'mql'
        when {{ epoch }} > 0 then 'nurturing'
        when {{ is_lead }} then 'lead'
    end
{%- endmacro %}

{# By which way the stage was reached. #}
{% macro stage_path(stage, opt_out, disqualified, prospect, sql_rule, is_checklist_failed, mql_path) -%}
    case {{ stage }}
        when 'customer' then 'deal_won'
        when 'opted_out' then {{ opt_out }}
        when 'disqualified' then {{ disqualified }}
        when 'prospect' then {{ prospect }}
        when 'sql' then {{ sql_rule }}
        when 'nurturing' then case when {{ is_checklist_failed }} then 'failed_checklist' else 'reset' end
        when 'mql' then {{ mql_path }}
        when 'lead' then 'interest'
        else 'none'
    end
{%- endmacro %}

{# The place of a stage in the order above; 10 for none. Nurturing stands in it twice. #}
{% macro stage_rank(stage, path) -%}
    case {{ stage }}
        when 'customer' then 1
        when 'opted_out' then 2
        when 'disqualified' then 3
        when 'prospect' then 4
        when 'sql' then 5
        when 'nurturing' then case when {{ path }} = 'failed_checklist' then 6 else 8 end
        when 'mql' then 7
        when 'lead' then 9
        else 10
    end
{%- endmacro %}

{# The rule that turned: the new stage's, when it now holds above the old one; else the old one's,
   which no longer holds. #}
{% macro flipped_rule(from_stage, from_path, to_stage, to_path) -%}
    case
        when {{ stage_rank(to_stage, to_path) }} < {{ stage_rank(from_stage, from_path) }} then {{ to_stage }}
        else {{ from_stage }}
    end
{%- endmacro %}
