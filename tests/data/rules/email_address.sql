with truth as (
    {{ truth_table(['text varchar', 'expected varchar'], [
        ['anne@atelier.example', 'anne@atelier.example'],
        ['  Anne@Atelier.Example ', 'anne@atelier.example'],
        ['anne', none],
        ['anne@atelier', none],
        ['@atelier.example', none],
        ['anne@.example', none],
        ['', none],
        [none, none],
    ]) }}
)

select * from truth
where {{ email_address('text') }} is distinct from expected
