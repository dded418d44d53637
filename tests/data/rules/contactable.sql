with statuses as (
    {{ truth_table([
        'opt_out varchar', 'bounced boolean', 'basis varchar', 'last_at timestamp', 'expected varchar'
    ], [
        [none, false, 'consent', '2025-01-01', 'contactable'],
        ['erasure', true, 'consent', '2025-01-01', 'erased'],
        ['objection', true, 'consent', '2025-01-01', 'objected'],
        ['opt_out', true, 'consent', '2025-01-01', 'opted_out'],
        ['opt_out', false, none, '2020-01-01', 'opted_out'],
        [none, true, 'consent', '2025-01-01', 'bounced'],
        [none, true, none, '2020-01-01', 'bounced'],
        [none, false, none, '2025-01-01', 'no_legal_basis'],
        [none, false, none, '2020-01-01', 'no_legal_basis'],
        [none, false, 'consent', '2023-01-02', 'contactable'],
        [none, false, 'consent', '2023-01-01', 'silent_too_long'],
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

closing_words as (
    {{ truth_table(['kind varchar', 'had_from timestamp', 'closes boolean', 'is_theirs boolean'], [
        ['objection', '2025-12-31', true, true],
        ['opt_out', '2026-01-01', true, true],
        ['erasure', '2026-01-02', true, false],
        ['opt_in', '2026-01-02', false, false],
        ['informed', '2025-12-31', false, true],
    ]) }}
),

channels as (
    {{ truth_table(['by_channel boolean', 'by_any boolean', 'expected boolean'], [
        [true, true, false],
        [false, true, true],
        [true, false, true],
        [false, false, true],
    ]) }}
),

bounces as (
    {{ truth_table(['bounced_address varchar', 'current_address varchar', 'expected boolean'], [
        ['ann@a.example', 'ann@a.example', true],
        ['ann@a.example', 'ann@b.example', false],
    ]) }}
),

judged as (
    select
        *,
        {{ consent_status('opt_out', 'bounced', 'basis', 'last_at', "cast('2026-01-01' as timestamp)") }}
            as found
    from statuses
)

select 'status' as what, found from judged
where
    found is distinct from expected
    or {{ is_contactable('found') }} is distinct from (expected = 'contactable')
union all
select 'legal basis', on_record from bases
where {{ legal_basis('on_record', 'raised', 'of_source') }} is distinct from expected
union all
select 'closing word', kind from closing_words
where
    {{ is_closing_word('kind') }} is distinct from closes
    or {{ is_word_of_holder('had_from', "cast('2026-01-01' as timestamp)") }} is distinct from is_theirs
union all
select 'channel', 'closed' from channels
where {{ is_closed_for_crm('by_channel', 'by_any') }} is distinct from expected
union all
select 'bounce', current_address from bounces
where {{ is_bounce_in_force('bounced_address', 'current_address') }} is distinct from expected
