{# An MQL is marketing's word: engagement and fit together exceed a threshold, or somebody with
   enough fit, or a fit nobody knows yet, asked to be called. Never when the fit is excluded. #}
{% macro is_mql_by_score(score, fit_score, grade, mql_score_above, mql_min_fit) -%}
    ({{ score }} > {{ mql_score_above }} and {{ fit_score }} >= {{ mql_min_fit }} and {{ grade }} <> 'X')
{%- endmacro %}

{% macro is_mql_by_hand_raise(hand_raises, fit_score, grade, mql_min_fit) -%}
    (
        {{ hand_raises }} > 0
        and ({{ fit_score }} >= {{ mql_min_fit }} or {{ grade }} = 'U')
        and {{ grade }} <> 'X'
    )
{%- endmacro %}

{# An MQL leaves when the score is below the exit and nothing lets it enter, or when the fit
   becomes excluded: so it does not flap around the threshold. #}
{% macro is_mql_exit(enters, is_below_mql_exit, grade) -%}
    ((not {{ enters }} and {{ is_below_mql_exit }}) or {{ grade }} = 'X')
{%- endmacro %}

{% macro is_below_mql_exit(score, mql_exit_below) -%}
    ({{ score }} < {{ mql_exit_below }})
{%- endmacro %}
