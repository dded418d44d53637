with statuses as (
    {{ truth_table(['opt_out varchar', 'basis varchar', 'last_at timestamp', 'expected varchar'], [
        [none, 'consent', '2025-01-01', 'contactable'],
        ['erasure', 'consent', '2025-01-01', 'erased'],
        ['objection', 'consent', '2025-01-01', 'objected'],
        ['opt_out', 'consent', '2025-01-01', 'opted_out'],
        ['opt_out', none, '2020-01-01', 'opted_out'],
        [none, none, '2025-01-01', 'no_legal_basis'],
        [none, none, '2020-01-01', 'no_legal_basis'],
        [none, 'consent', '2023-01-02', 'contactable'],
        [none, 'consent', '2023-01-01', 'silent_too_long'],
    ]) }}
),

bases as (
    {{ truth_table(['on_record varchar', 'raised boolean', 'of_source varchar', 'expected varchar'], [
        ['consent', true, 'legitimate_interest', 'consent'],
        [none, true, 'legitimate_interest', 'precontractual'],
        [none, true, none, 'precontractual'],
        [none, false, 'legitimate_interest', 'legitimate_interest'],
        [none, false, none, none],
    ]) }}
),

judged as (
    select
        *,
        {{ consent_status('opt_out', 'basis', 'last_at', "cast('2026-01-01' as timestamp)") }} as found
    from statuses
)

select 'status' as what, found from judged
where
    found is distinct from expected
    or {{ is_contactable('found') }} is distinct from (expected = 'contactable')
union all
select 'legal basis', on_record from bases
where {{ legal_basis('on_record', 'raised', 'of_source') }} is distinct from expected
