-- exactly one active version holds at any instant
select definition_version, valid_from, valid_to
from {{ ref('int_definition_versions') }}
where valid_from >= valid_to
union all
select 'none', null, null
where not exists (select 1 as found from {{ ref('int_definition_versions') }})
