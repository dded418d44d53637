{# What is owed now. A clock says what became of a handover, for ever; somebody has to act on it only
   while what it is about still holds. #}

{# The obligations of one MQL episode are about that episode, whichever of them is counted. #}
{% macro occasion_of(obligation) -%}
    case
        when {{ obligation }} in ('mql_attempts', 'mql_verdict') then 'mql_first_contact'
        else {{ obligation }}
    end
{%- endmacro %}

{# Whether a clock is about now: about a hand-raise of the current epoch, about the MQL episode that is
   still open, about the latest time the person became SQL, or a hot prospect. #}
{% macro is_about_now(obligation, is_raised_in_epoch, is_mql_episode, started_at, last_occasion_at) -%}
    case {{ occasion_of(obligation) }}
        when 'hand_raise_response' then {{ is_raised_in_epoch }}
        when 'mql_first_contact' then coalesce({{ is_mql_episode }} and {{ started_at }} >= {{ last_occasion_at }}, false)
        else coalesce({{ started_at }} >= {{ last_occasion_at }}, false)
    end
{%- endmacro %}

{# Whether a running clock is owed to the person as they stand: whoever asked to be called is called,
   unless sales or the person is done; an MQL is to be worked until sales has taken the lead on; an SQL
   to be answered while it is one; a prospect to be followed up at once while hot. What marketing owes
   by the month is owed to nobody in particular. #}
{% macro is_obligation_owed(obligation, is_about_now, stage, temperature, is_call_recommended) -%}
    (
        {{ is_about_now }}
        and case {{ occasion_of(obligation) }}
            when 'hand_raise_response'
                then coalesce(
                    {{ stage }} not in ('customer', 'opted_out', 'disqualified', 'nurturing'), true
                )
            when 'mql_first_contact'
                then coalesce({{ stage }} = 'mql' or ({{ stage }} = 'prospect' and {{ is_call_recommended }}), false)
            when 'sql_acceptance' then coalesce({{ stage }} = 'sql', false)
            when 'hot_prospect_followup'
                then coalesce({{ stage }} = 'prospect' and {{ temperature }} = 'hot', false)
            else false
        end
    )
{%- endmacro %}
