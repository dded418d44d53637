with truth as (
    {{ truth_table(['operator varchar', 'wanted varchar', 'value varchar', 'expected boolean'], [
        ['=', 'Software', ' software ', true],
        ['=', '50', '50.0', true],
        ['=', 'software', 'hardware', false],
        ['in', 'software|retail', 'Retail', true],
        ['in', 'software|retail', 'retailer', false],
        ['contains', 'head|chief', 'Chief Data Officer', true],
        ['contains', 'head|chief', 'Analyst', false],
        ['between', '50..1000', '50', true],
        ['between', '50..1000', '1000', true],
        ['between', '50..1000', '1000.5', false],
        ['between', '50..1000', '49', false],
        ['>=', '100', '100', true],
        ['>=', '100', '99', false],
        ['<=', '100', '100', true],
        ['<=', '100', '101', false],
        ['is_true', '', 'true', true],
        ['is_true', '', 'false', false],
        ['=', 'software', none, false],
        ['between', '50..1000', 'many', false],
        ['like', 'software', 'software', false],
    ]) }}
)

select * from truth
where {{ criterion_matches('operator', 'wanted', 'value') }} is distinct from expected
