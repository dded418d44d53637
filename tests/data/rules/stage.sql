with truth as (
    {{ truth_table([
        'won integer', 'opt_out varchar', 'disqualified varchar', 'prospect varchar', 'is_sql boolean',
        'failed boolean', 'is_mql boolean', 'epoch integer', 'is_lead boolean', 'expected varchar', 'path varchar'
    ], [
        [1, 'objection', 'verdict', 'accepted', true, true, true, 1, true, 'customer', 'deal_won'],
        [0, 'objection', 'verdict', 'accepted', true, true, true, 1, true, 'opted_out', 'objection'],
        [0, none, 'verdict', 'accepted', true, true, true, 1, true, 'disqualified', 'verdict'],
        [0, none, none, 'accepted', true, true, true, 1, true, 'prospect', 'accepted'],
        [0, none, none, none, true, true, true, 1, true, 'sql', 'checklist'],
        [0, none, none, none, false, true, true, 0, true, 'nurturing', 'failed_checklist'],
        [0, none, none, none, false, false, true, 1, true, 'mql', 'score'],
        [0, none, none, none, false, false, false, 1, true, 'nurturing', 'reset'],
        [0, none, none, none, false, false, false, 1, false, 'nurturing', 'reset'],
        [0, none, none, none, false, false, false, 0, true, 'lead', 'interest'],
        [0, none, none, none, false, false, false, 0, false, none, 'none'],
    ]) }}
),

judged as (
    select
        *,
        {{ stage(
            'won', 'opt_out', 'disqualified', 'prospect', 'is_sql', 'failed', 'is_mql', 'epoch', 'is_lead'
        ) }} as stage
    from truth
),

flips as (
    {{ truth_table([
        'from_stage varchar', 'from_path varchar', 'to_stage varchar', 'to_path varchar', 'expected varchar'
    ], [
        ['lead', 'interest', 'mql', 'score', 'mql'],
        ['mql', 'score', 'lead', 'interest', 'mql'],
        ['prospect', 'accepted', 'nurturing', 'reset', 'prospect'],
        [none, none, 'lead', 'interest', 'lead'],
        ['prospect', 'deal', none, 'none', 'prospect'],
        ['mql', 'score', 'nurturing', 'failed_checklist', 'nurturing'],
        ['nurturing', 'failed_checklist', 'mql', 'score', 'nurturing'],
        ['nurturing', 'reset', 'mql', 'score', 'mql'],
    ]) }}
)

select expected from judged
where
    stage is distinct from expected
    or {{ stage_path('stage', 'opt_out', 'disqualified', 'prospect', "'checklist'", 'failed', "'score'") }}
    is distinct from path
union all
select expected from flips
where {{ flipped_rule('from_stage', 'from_path', 'to_stage', 'to_path') }} is distinct from expected
