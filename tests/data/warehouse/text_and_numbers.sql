-- what engines do differently by themselves, they do alike here
with trims as (
    {{ truth_table(['text varchar', 'expected varchar'], [
        ['  x y ', 'x y'],
        ['\u00a0\u2003x\u3000', 'x'],
        ['', ''],
        [none, none],
    ]) }}
),

letters as (
    {{ truth_table(['text varchar', 'lowered varchar', 'raised varchar'], [
        ['Anne-Zoé', 'anne-zoé', 'ANNE-ZOÉ'],
        ['ÉÀÇ Œ', 'éàç œ', 'ÉÀÇ Œ'],
        ['ΟΔΟΣ', 'οδοσ', 'ΟΔΟΣ'],
        ['straße', 'straße', 'STRAẞE'],
        ['İ', 'i', 'İ'],
        ['Ж😀', 'ж😀', 'Ж😀'],
        [none, none, none],
    ]) }}
),

numbers as (
    {{ truth_table(['text varchar', 'expected float8'], [
        ['50', 50],
        [' -3.5 ', -3.5],
        ['+.5', 0.5],
        ['5.', 5],
        ['1e3', 1000],
        ['50d', none],
        ['1_000', none],
        ['0x10', none],
        ['inf', none],
        ['nan', none],
        ['1e999', none],
        ['', none],
        ['many', none],
        [none, none],
    ]) }}
),

texts as (
    {{ truth_table(['number float8', 'expected varchar'], [
        [1000000, '1000000.0'],
        [12345678.5, '12345678.5'],
        [0.1, '0.1'],
        [0, '0.0'],
        [1000000000000000, '1000000000000000.0'],
        [123456789012345.6, '123456789012345.6'],
        [none, none],
    ]) }}
),

instants as (
    {{ truth_table(['instant timestamp', 'expected varchar'], [
        ['2026-03-29 02:30:00', '2026-03-29T02:30:00.000000Z'],
        ['2026-10-25 02:30:00.000001', '2026-10-25T02:30:00.000001Z'],
        ['1900-01-01', '1900-01-01T00:00:00.000000Z'],
        [none, none],
    ]) }}
),

words as (
    {{ truth_table(['word varchar', 'place integer'], [
        ['B', 1], ['Z', 2], ['_', 3], ['a', 4], ['b', 5], ['é', 6], ['ﬀ', 7], ['😀', 8],
    ]) }}
),

ordered as (
    select {{ joined('word', '|', 'word') }} as found, {{ joined('word', '|', 'place') }} as expected
    from words
)

select 'trimmed' as what, text as found from trims
where {{ trimmed('text') }} is distinct from expected
union all
select 'lower_case', {{ lower_case('text') }} from letters
where {{ lower_case('text') }} is distinct from lowered
union all
select 'upper_case', {{ upper_case('text') }} from letters
where {{ upper_case('text') }} is distinct from raised
union all
select 'number_in', text from numbers
where {{ number_in('text') }} is distinct from expected
union all
select 'number_as_text', {{ number_as_text('number') }} from texts
where {{ number_as_text('number') }} is distinct from expected
union all
select 'iso_instant', {{ iso_instant('instant') }} from instants
where {{ iso_instant('instant') }} is distinct from expected
union all
select 'bytewise order', found from ordered
where found <> expected
