-- Two teams, each with a manager, callers (SDR) and account executives (AE); more of them when
-- there is more to do. Variables: people, first_monday, ends_at.
create table reps_now as
with sizes as (
    select least(60, 3 + getvariable('people') // 4000) as callers
),
numbered as (
    select team_no, role, member
    from sizes
    cross join (values (1), (2)) as teams (team_no)
    cross join (values ('manager'), ('SDR'), ('AE')) as roles (role)
    cross join range(1, 61) as members (member)
    where member <= if(role = 'manager', 1, sizes.callers)
)
select
    'rep-' || lower(role) || '-' || team_no || padded(member, 2) as rep_id,
    pick(first_names(), u(member * 10 + team_no, 'rep first ' || role)) as first_name,
    pick(last_names(), u(member * 10 + team_no, 'rep last ' || role)) as last_name,
    role,
    pick(['France', 'Europe'], (team_no - 1) / 2.0) as team,
    'rep-manager-' || team_no || '01' as manager_id,
    team_no,
    member
from numbered;

-- Who works for a team's n-th draw.
create macro rep(role, team_no, r) as
    'rep-' || role || '-' || team_no
    || padded(1 + floor(r * least(60, 3 + getvariable('people') // 4000))::int, 2);

create table reps as
with versions as (
    -- one was a caller before becoming an account executive, one has left
    select
        *,
        getvariable('first_monday') as changed_at,
        true as is_active,
        if(role = 'AE' and member = 2, 'SDR', role) as role_then
    from reps_now
    union all
    select *, getvariable('first_monday') + 86400 * 200, true, role from reps_now
    where role = 'AE' and member = 2
    union all
    select *, getvariable('ends_at') - 86400 * 75, false, role from reps_now
    where role = 'SDR' and member = 3 and team_no = 2
)
select
    rep_id,
    first_name || ' ' || last_name as name,
    replace(replace(lower(strip_accents(first_name || '.' || last_name)), ' ', ''), '''', '')
        || '@leadger.example' as email,
    role_then as role,
    team,
    if(role = 'manager', null, manager_id) as manager_id,
    is_active,
    instant(changed_at) as updated_at,
    instant(changed_at + 600) as _loaded_at
from versions;
