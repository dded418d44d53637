with truth as (
    {{ truth_table(['is_opted_out boolean', 'basis varchar', 'last_at timestamp', 'expected boolean'], [
        [false, 'consent', '2025-01-01', true],
        [true, 'consent', '2025-01-01', false],
        [false, none, '2025-01-01', false],
        [false, 'consent', '2023-01-02', true],
        [false, 'consent', '2023-01-01', false],
    ]) }}
)

select * from truth
where
    {{ is_contactable('is_opted_out', 'basis', 'last_at', "cast('2026-01-01' as timestamp)") }}
    is distinct from expected
