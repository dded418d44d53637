with truth as (
    {{ truth_table(['latest varchar', 'is_erased boolean', 'expected varchar'], [
        ['objection', false, 'objection'],
        ['opt_out', false, 'opt_out'],
        ['opt_in', false, none],
        ['opt_in', true, 'erasure'],
        ['erasure', true, 'erasure'],
        [none, false, none],
    ]) }}
)

select * from truth
where
    {{ opt_out_in_force('latest', 'is_erased') }} is distinct from expected
    or {{ opt_out_of_code(opt_out_code('expected')) }} is distinct from expected
