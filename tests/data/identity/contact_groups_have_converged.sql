-- the rounds of int_contact_groups suffice: linked contacts are in one group
select links.contact_id, links.other_contact_id
from {{ ref('int_same_person_links') }} as links
inner join {{ ref('int_contact_groups') }} as one on links.contact_id = one.contact_id
inner join {{ ref('int_contact_groups') }} as other on links.other_contact_id = other.contact_id
where one.group_id <> other.group_id
