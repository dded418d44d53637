-- What can be seen of a person on the site and in the mail. identity: what such an event knows of
-- its author (form: email and device; mail: contact; click: both contact and device; web: device).
create table event_kinds as
select * from (values
    ('home',                 'page_view',            'web',  '/',              '/'),
    ('blog',                 'page_view',            'web',  '/blog',          '/blog'),
    ('product',              'page_view',            'web',  '/produit',       '/product'),
    ('case_study',           'page_view',            'web',  '/cas-clients',   '/case-studies'),
    ('compare',              'page_view',            'web',  '/compare',       '/compare'),
    ('pricing',              'page_view',            'web',  '/tarifs',        '/pricing'),
    ('demo_page',            'page_view',            'web',  '/demo',          '/demo'),
    ('careers',              'page_view',            'web',  '/carrieres',     '/careers'),
    ('newsletter',           'newsletter_signup',    'form', '/newsletter',    '/newsletter'),
    ('whitepaper',           'whitepaper_download',  'form', '/ressources',    '/resources'),
    ('webinar_registered',   'webinar_registered',   'form', '/webinaires',    '/webinars'),
    ('webinar_attended',     'webinar_attended',     'form', null,             null),
    ('demo_request',         'demo_request',         'form', '/demander-une-demo', '/request-a-demo'),
    ('quote_request',        'quote_request',        'form', '/devis',         '/quote'),
    ('contact_sales',        'contact_sales',        'form', '/contact',       '/contact'),
    ('email_open',           'email_open',           'mail', null,             null),
    ('email_click',          'email_click',          'click', '/blog',         '/blog'),
    ('email_reply',          'email_reply',          'mail', null,             null),
    ('email_reply_positive', 'email_reply_positive', 'mail', null,             null),
    ('proposal_requested',   'proposal_requested',   'mail', null,             null),
    ('pricing_question',     'pricing_question',     'mail', null,             null),
    ('unsubscribe',          'unsubscribe',          'mail', null,             null),
    -- no catalogue knows this one: kept, counted, reported
    ('podcast',              'podcast_listened',     'form', null,             null)
) as listed (kind, event_type, identity, path_fr, path_en);

-- Each in four variants and two languages.
create table contents as
select * from (values
    ('whitepaper', 0, 'wp-lead-scoring',   'Guide du lead scoring',            'A guide to lead scoring'),
    ('whitepaper', 1, 'wp-sales-handoff',  'Réussir le passage aux ventes',    'Handing over to sales'),
    ('whitepaper', 2, 'wp-gdpr-b2b',       'RGPD et prospection B2B',          'GDPR and B2B prospecting'),
    ('whitepaper', 3, 'wp-crm-data',       'Fiabiliser les données du CRM',    'Trustworthy CRM data'),
    ('webinar_registered', 0, 'wb-qualify', 'Qualifier sans se fâcher',        'Qualify without a quarrel'),
    ('webinar_registered', 1, 'wb-sla',     'Un SLA que l''on tient',          'An SLA one can keep'),
    ('webinar_registered', 2, 'wb-nurture', 'Nurturing : garder le lien',      'Nurturing: staying in touch'),
    ('webinar_registered', 3, 'wb-funnel',  'Lire son tunnel de conversion',   'Reading your funnel'),
    ('podcast', 0, 'pod-01', 'Épisode 1 : le premier appel',                   'Episode 1: the first call'),
    ('podcast', 1, 'pod-02', 'Épisode 2 : dire non',                           'Episode 2: saying no'),
    ('podcast', 2, 'pod-03', 'Épisode 3 : la donnée sale',                     'Episode 3: dirty data'),
    ('podcast', 3, 'pod-04', 'Épisode 4 : vendre aux industriels',             'Episode 4: selling to industry')
) as listed (kind, variant, content_id, title_fr, title_en);

create table event_variants as
select
    kinds.kind,
    variants.variant,
    is_french,
    kinds.event_type,
    kinds.identity,
    'https://www.leadger.example' || if(is_french, '/fr' || path_fr, '/en' || path_en) || case
        when kinds.kind = 'blog' then '/' || pick(['mql', 'sql', 'sla', 'icp'], variants.variant / 4.0)
        when kinds.kind = 'case_study'
            then '/' || pick(['industrie', 'finance', 'logiciel', 'sante'], variants.variant / 4.0)
        when kinds.kind in ('pricing', 'product') and variants.variant = 3 then '?utm_source=linkedin'
        else ''
    end as page_url,
    contents.content_id,
    if(is_french, contents.title_fr, contents.title_en) as content_title,
    case
        when kinds.kind in ('email_open', 'email_click', 'newsletter')
            then pick(['newsletter', 'newsletter', 'nurturing', 'product-news'], variants.variant / 4.0)
        when kinds.kind like 'webinar%' then 'webinar-series'
        when kinds.kind = 'whitepaper'
            then pick(['content-ads', 'search-fr', 'linkedin-ads', null], variants.variant / 4.0)
        when kinds.kind like '%request' or kinds.kind = 'contact_sales'
            then pick(['search-fr', 'linkedin-ads', null, null], variants.variant / 4.0)
    end as campaign_id,
    case
        when kinds.kind like 'webinar%' then 'webinar'
        when kinds.kind = 'podcast' then 'podcast'
        when kinds.identity in ('mail', 'click') then 'email'
        else 'web'
    end as channel
from event_kinds as kinds
cross join range(4) as variants (variant)
cross join (values (true), (false)) as languages (is_french)
left join contents
    on variants.variant = contents.variant
    and replace(kinds.kind, '_attended', '_registered') = contents.kind;
