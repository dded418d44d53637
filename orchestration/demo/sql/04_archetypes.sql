-- Who there is, how many of 10,000, and the plays of their story in order (05_plays_*.sql).
-- fit: how well company and role match the default ICP; habit: what they do between the plays;
-- source: where they come from.
create table archetypes as
select *, row_number() over () as archetype_no
from (values
    -- contacts who never show interest
    ('cold_contact',        3998, 'any',        'quiet',   'mixed',    []),
    ('prospected_contact',   700, 'any',        'quiet',   'outbound', ['prospecting']),
    ('internal',              30, 'internal',   'reader',  'inbound',  ['discovery']),
    -- leads
    ('newsletter_lead',     1540, 'any',        'reader',  'inbound',  ['newsletter']),
    ('nurtured_lead',       1420, 'any',        'curious', 'mixed',    ['newsletter', 'discovery', 'sequence']),
    ('visiting_lead',        400, 'any',        'reader',  'inbound',  ['visits']),
    ('low_fit_hand_raise',    90, 'weak',       'reader',  'inbound',  ['hand_raise', 'reach']),
    ('unsubscriber',         110, 'any',        'reader',  'inbound',  ['newsletter', 'unsubscription']),
    ('opted_out_lead',       120, 'any',        'reader',  'mixed',    ['discovery', 'objection']),
    ('opted_in_again',        40, 'any',        'curious', 'inbound',  ['discovery', 'opt_out', 'second_thoughts']),
    ('erased_person',         20, 'any',        'quiet',   'mixed',    ['discovery', 'erasure']),
    -- excluded
    ('competitor',            70, 'competitor', 'curious', 'inbound',  ['discovery', 'visits']),
    ('student',               70, 'student',    'jobless', 'inbound',  ['discovery', 'careers']),
    -- MQLs that go no further
    ('mql_untouched',         70, 'strong',     'curious', 'inbound',  ['warm_up']),
    ('mql_by_score',         180, 'strong',     'curious', 'mixed',    ['warm_up', 'attempts']),
    ('mql_by_hand_raise',    140, 'fair',       'curious', 'inbound',  ['discovery', 'hand_raise', 'reach']),
    ('unanswered_hand_raise', 60, 'fair',       'reader',  'inbound',  ['hand_raise']),
    ('unknown_hand_raise',    40, 'unknown',    'reader',  'inbound',  ['hand_raise', 'attempts']),
    ('fresh_hand_raise',      20, 'fair',       'curious', 'inbound',  ['hand_raise']),
    ('no_call_prospect',      70, 'strong',     'curious', 'inbound',  ['discovery', 'demo_booked', 'demo_held']),
    ('demo_cancelled',        50, 'strong',     'curious', 'inbound',  ['discovery', 'demo_booked', 'demo_cancelled']),
    ('demo_no_show',          30, 'strong',     'curious', 'inbound',  ['discovery', 'demo_booked', 'demo_no_show', 'attempts']),
    ('demo_lapsed',           20, 'strong',     'curious', 'inbound',  ['discovery', 'demo_booked']),
    ('verdict_only',          25, 'strong',     'curious', 'mixed',    ['warm_up', 'reach', 'verdict']),
    ('recycled',              80, 'strong',     'curious', 'mixed',    ['warm_up', 'reach', 'recycling']),
    ('recycled_no_reason',    20, 'fair',       'curious', 'inbound',  ['hand_raise', 'reach', 'mute_recycling']),
    ('mql_again',             60, 'strong',     'curious', 'inbound',  ['warm_up', 'reach', 'recycling', 'months_later', 'warm_up', 'hand_raise', 'reach']),
    ('failed_checklist',      50, 'strong',     'curious', 'mixed',    ['warm_up', 'reach', 'failed_checklist']),
    ('failed_then_back',      20, 'strong',     'curious', 'mixed',    ['warm_up', 'reach', 'failed_checklist', 'months_later', 'hand_raise', 'reach']),
    ('disqualified',          50, 'fair',       'reader',  'inbound',  ['hand_raise', 'reach', 'disqualification']),
    ('reopened',              20, 'strong',     'curious', 'inbound',  ['hand_raise', 'reach', 'disqualification', 'reopening']),
    ('mql_objector',          20, 'strong',     'reader',  'mixed',    ['warm_up', 'attempts', 'objection']),
    -- SQLs, prospects, customers
    ('sql_by_answers',        25, 'fair',       'curious', 'inbound',  ['hand_raise', 'reach', 'answers', 'verdict']),
    ('sql_by_need',           25, 'strong',     'curious', 'mixed',    ['warm_up', 'hand_raise', 'reach', 'need']),
    ('sql_by_checklist',      20, 'strong',     'curious', 'inbound',  ['warm_up', 'reach', 'questionnaire']),
    ('sql_sent_back',         20, 'strong',     'curious', 'inbound',  ['hand_raise', 'reach', 'answers', 'recycling']),
    ('accepted_prospect',     25, 'strong',     'curious', 'mixed',    ['warm_up', 'reach', 'answers', 'acceptance', 'meeting', 'pricing_talk']),
    ('pressed_prospect',      20, 'fair',       'quiet',   'mixed',    ['hand_raise', 'reach', 'answers', 'acceptance', 'months_later', 'pressure']),
    ('met_prospect',          20, 'strong',     'curious', 'inbound',  ['hand_raise', 'reach', 'answers', 'walk_in']),
    ('deal_prospect',         20, 'strong',     'curious', 'inbound',  ['hand_raise', 'reach', 'answers', 'deal_open', 'deal_moves']),
    ('lost_deal',             30, 'fair',       'curious', 'mixed',    ['hand_raise', 'reach', 'answers', 'acceptance', 'meeting', 'deal_open', 'deal_lost']),
    ('lost_then_back',        20, 'strong',     'curious', 'inbound',  ['hand_raise', 'reach', 'answers', 'acceptance', 'deal_open', 'deal_lost', 'months_later', 'warm_up', 'hand_raise']),
    ('customer',              62, 'strong',     'curious', 'mixed',    ['warm_up', 'reach', 'answers', 'verdict', 'acceptance', 'meeting', 'pricing_talk', 'deal_open', 'deal_moves', 'deal_won']),
    ('customer_no_call',      20, 'strong',     'curious', 'inbound',  ['discovery', 'demo_booked', 'demo_held', 'questionnaire', 'acceptance', 'deal_open', 'deal_won']),
    ('growing_customer',      20, 'strong',     'curious', 'inbound',  ['hand_raise', 'reach', 'answers', 'acceptance', 'deal_open', 'deal_won', 'months_later', 'deal_open']),
    -- deals that nobody qualified
    ('deal_without_sql',      20, 'fair',       'reader',  'outbound', ['discovery', 'reach', 'deal_open', 'deal_moves']),
    ('won_without_sql',       20, 'fair',       'reader',  'outbound', ['discovery', 'deal_open', 'deal_won'])
) as listed (archetype, share, fit, habit, source, plays);
