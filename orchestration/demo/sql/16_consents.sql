-- Who was told what, who agreed, who objected. Variable: ends_at.
create table consents as
with facts as (
    -- most people were informed when they were recorded; bought records seldom come with a proof
    select
        i, 0 as place, created_at + whole(300, 86400 * 15, u(i, 'informed at')) as happened_at,
        'informed' as kind,
        if(u(i, 'informed on') < 0.7, 'all', 'email') as channel,
        if(lead_source in ('agency', 'purchased_list'), 'consent', 'legitimate_interest') as legal_basis,
        pick(['privacy-notice-v2', 'privacy-notice-v3'], u(i, 'notice')) as notice,
        coalesce(source_agency, lead_source) as source
    from identities
    where u(i, 'informed') < if(lead_source in ('agency', 'purchased_list'), 0.4, 0.85)
    union all
    select
        i, 1, created_at + whole(600, 86400 * 3, u(i, 'opted in at')),
        'opt_in', 'email', 'consent', 'double-opt-in', 'website'
    from identities
    where lead_source in ('website', 'webinar', 'partner') and u(i, 'opted in') < 0.45
    union all
    select
        i, 10 + step_no, happened_at, kind, 'all', if(kind = 'opt_in', 'consent', null), null,
        pick(['email', 'phone', 'form'], u(key, 'by'))
    from past_steps
    where fact = 'consent'
    union all
    select i, 10 + step_no, happened_at + 60, 'opt_out', 'email', null, null, 'unsubscribe link'
    from past_steps
    where kind = 'unsubscribe' and happened_at + 60 <= getvariable('ends_at')
    union all
    -- reps note objections to calls
    select
        i, 9, created_at + whole(86400 * 5, 86400 * 300, u(i, 'refused at')),
        'objection', 'phone', null, null, 'phone'
    from identities
    where u(i, 'refuses calls') < 0.008
)
select
    'cs-' || padded(facts.i, 7) || '-' || padded(place, 2) as consent_id,
    if(place < 10 and u(facts.i * 100 + place, 'by email') < 0.1, null, identities.contact_id) as contact_id,
    if(place < 10 and u(facts.i * 100 + place, 'by email') < 0.1, identities.email, null) as email,
    instant(happened_at) as occurred_at,
    kind, channel, legal_basis, notice, source,
    landed(happened_at, u(facts.i * 100 + place, 'consent landed')) as _loaded_at
from facts
inner join (select i, contact_id, email from identities) as identities on facts.i = identities.i
where happened_at <= getvariable('ends_at');
