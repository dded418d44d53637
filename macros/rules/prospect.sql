{# A prospect is in active commercial dialogue: an SQL that a rep has taken on (accepted, or met
   at or after the SQL instant), or a person with an open deal; or, without a call, a lead with a
   booked or held meeting and a validated ICP. Null when none holds; the first that holds names
   the path. #}
{% macro prospect_path(is_sql, acceptances, last_meeting_held_at, sql_since, open_deals,
                       deal_suffices, live_bookings, is_icp_validated) -%}
    case
        when {{ is_sql }} and {{ acceptances }} > 0 then 'accepted'
        when {{ is_sql }} and {{ last_meeting_held_at }} >= {{ sql_since }} then 'meeting'
        when {{ is_sql }} and {{ open_deals }} > 0 then 'deal'
        when {{ open_deals }} > 0 and {{ deal_suffices }} then 'deal_unvalidated'
        when {{ live_bookings }} > 0 and {{ is_icp_validated }} then 'no_call'
    end
{%- endmacro %}

{# An act of a rep has taken the lead on: a word, a meeting that was held, a deal, open or won; a booking
   alone is nobody's act yet. #}
{% macro is_taken_on(stage, path) -%}
    coalesce(
        {{ stage }} = 'customer' or ({{ stage }} = 'prospect' and {{ path }} in ('accepted', 'meeting', 'deal')),
        false
    )
{%- endmacro %}

{# A prospect without a call is to be called: authority and timing are still to confirm. #}
{% macro is_call_recommended(path, answered_calls) -%}
    (coalesce({{ path }} = 'no_call', false) and {{ answered_calls }} = 0)
{%- endmacro %}

{# When a booked meeting that nobody held stops counting. #}
{% macro booking_lapses_at(booked_at, scheduled_at, booking_grace_days, booking_expires_days) -%}
    case
        when {{ scheduled_at }} is not null then {{ days_after(scheduled_at, booking_grace_days) }}
        else {{ days_after(booked_at, booking_expires_days) }}
    end
{%- endmacro %}
