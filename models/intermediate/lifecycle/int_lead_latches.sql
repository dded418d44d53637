{#- The memories: whether the MQL and SQL latches are on after each turn, since when and how. -#}
with conditions as (

    select lead_id, instant, epoch, mql_entry_path, is_mql_exit, sql_entry_rule
    from {{ ref('int_lead_conditions') }}
    where is_identified

),

marked as (

    select
        *,
        max(case when mql_entry_path is not null then instant end) over (
            partition by lead_id order by instant
        ) as mql_entry_held_at,
        max(case when is_mql_exit then instant end) over (
            partition by lead_id order by instant
        ) as mql_exit_held_at,
        min(case when sql_entry_rule is not null then instant end) over (
            partition by lead_id, epoch order by instant
        ) as sql_since
    from conditions

),

latched as (

    select
        *,
        mql_entry_held_at is not null
        and (mql_exit_held_at is null or mql_entry_held_at > mql_exit_held_at) as is_mql,
        sql_since is not null as is_sql
    from marked

),

turned as (

    select
        *,
        case
            when is_mql and not lag(is_mql, 1, false) over (partition by lead_id order by instant)
                then instant
        end as mql_turned_on_at
    from latched

),

since as (

    select
        *,
        max(mql_turned_on_at) over (partition by lead_id order by instant) as mql_since
    from turned

),

final as (

    select
        lead_id,
        instant,
        is_mql,
        case when is_mql then first_value(mql_entry_path) over (
            partition by lead_id, mql_since order by instant
        ) end as mql_path,
        is_sql,
        case when is_sql then first_value(sql_entry_rule) over (
            partition by lead_id, epoch, sql_since order by instant
        ) end as sql_rule,
        sql_since,
        lead(instant) over (partition by lead_id order by instant) as next_instant
    from since

)

select * from final
