{#- The run before judged until 1 March 2026. -#}
with truth as (
    {{ truth_table(
        [
            'statement varchar', 'changed_at timestamp', 'is_erased boolean', 'is_late boolean',
            'definitions_changed_from timestamp', 'is_code_changed boolean', 'expected varchar',
        ],
        [
            ['asserted', '2026-03-01 00:00:01', false, false, '9999-12-31', false, 'new'],
            ['asserted', '2026-03-02', true, true, '2026-01-01', true, 'new'],
            ['asserted', '2026-03-01', false, true, '9999-12-31', false, 'late_data'],
            ['retracted', '2026-02-01', false, true, '9999-12-31', false, 'late_data'],
            ['retracted', '2026-02-01', true, true, '2026-01-01', true, 'erasure'],
            ['asserted', '2026-02-01', false, true, '2026-02-01', true, 'definition_changed'],
            ['retracted', '2026-01-31', false, true, '2026-02-01', false, 'late_data'],
            ['retracted', '2026-02-01', false, false, '9999-12-31', true, 'code_changed'],
            ['retracted', '2026-02-01', false, true, '9999-12-31', true, 'late_data'],
        ]
    ) }}
)

select * from truth
where
    {{ audit_reason(
        'statement', 'changed_at', 'is_erased', 'is_late', "cast('2026-03-01' as timestamp)",
        'definitions_changed_from', 'is_code_changed'
    ) }}
    is distinct from expected
