-- What reps do, step by step (columns: 05_plays_marketing.sql). The outcome of a handoff is its
-- verdict, that of a deal its status and stage.
insert into plays values
    ('sequence',        1, 1, 20, 0.4, 'activity', ['auto_email'], 'sent', null),
    ('sequence',        2, 3, 4, 0.4, 'activity', ['auto_email'], 'sent', null),
    ('sequence',        3, 5, 6, 0.3, 'activity', ['auto_email'], 'sent', null),

    ('prospecting',     1, 1, 30, 0.9, 'activity', ['email', 'linkedin'], 'sent', null),
    ('prospecting',     2, 1, 4, 0.8, 'activity', ['call'], 'no_answer', null),
    ('prospecting',     3, 2, 5, 0.4, 'activity', ['auto_email'], 'sent', null),
    ('prospecting',     4, 1, 5, 0.5, 'activity', ['call'], 'no_answer', null),
    ('prospecting',     5, 0.1, 2, 0.15, 'activity', ['linkedin', 'email'], 'replied', null),

    -- minutes after a hand-raise for the quick, days for the others
    ('reach',           1, 0.005, 1.5, 0.55, 'activity', ['call'], 'no_answer', null),
    ('reach',           2, 0.01, 0.4, 0.5, 'activity', ['email'], 'sent', null),
    ('reach',           3, 0.02, 1, 0.3, 'activity', ['email', 'linkedin'], 'replied', null),
    ('reach',           4, 0.01, 2, 0.95, 'activity', ['call'], 'answered', null),
    ('reach',           5, 0.1, 1, 0.25, 'event', ['email_reply_positive', 'email_reply'], null, null),

    ('attempts',        1, 0.01, 3, 0.85, 'activity', ['call'], 'no_answer', null),
    ('attempts',        2, 0.01, 0.2, 0.8, 'activity', ['email'], 'sent', null),
    ('attempts',        3, 0.5, 2, 0.7, 'activity', ['auto_email'], 'sent', null),
    ('attempts',        4, 0.5, 2, 0.7, 'activity', ['call'], 'no_answer', null),
    ('attempts',        5, 0.5, 2, 0.6, 'activity', ['linkedin'], 'sent', null),
    ('attempts',        6, 0.5, 2, 0.5, 'activity', ['call'], 'no_answer', null),
    ('attempts',        7, 0.5, 3, 0.3, 'activity', ['call'], 'answered', null),
    ('pressure',        1, 0.1, 2, 1, 'activity', ['call'], 'no_answer', null),
    ('pressure',        2, 0.5, 2, 1, 'activity', ['email'], 'sent', null),
    ('pressure',        3, 0.5, 2, 1, 'activity', ['call'], 'no_answer', null),
    ('pressure',        4, 0.5, 2, 1, 'activity', ['linkedin'], 'sent', null),
    ('pressure',        5, 0.5, 2, 1, 'activity', ['call'], 'no_answer', null),
    ('pressure',        6, 0.5, 2, 1, 'activity', ['email'], 'sent', null),

    ('need',            1, 0.05, 2, 1, 'activity', ['qualification', 'call'], 'answered', 'y---'),
    ('answers',         1, 0.05, 3, 1, 'activity', ['qualification'], null, 'y?yy'),
    ('questionnaire',   1, 0.2, 3, 1, 'activity', ['questionnaire'], null, 'yy-y'),
    ('failed_checklist', 1, 0.05, 3, 1, 'activity', ['qualification'], null, 'nnyn'),

    ('verdict',         1, 0.01, 1, 1, 'activity', ['handoff'], 'qualified', null),
    ('acceptance',      1, 0.05, 2, 1, 'activity', ['handoff'], 'accepted', null),
    ('recycling',       1, 0.1, 4, 1, 'activity', ['handoff'], 'recycled', null),
    ('mute_recycling',  1, 0.1, 4, 1, 'activity', ['handoff'], 'recycled_mute', null),
    ('disqualification', 1, 0.1, 4, 1, 'activity', ['handoff'], 'disqualified', null),
    ('reopening',       1, 10, 60, 1, 'activity', ['handoff'], 'reopened', null),

    ('meeting',         1, 0.05, 2, 1, 'activity', ['meeting'], 'booked', null),
    ('meeting',         2, 2, 8, 1, 'activity', ['meeting'], 'held', null),
    ('walk_in',         1, 1, 6, 1, 'activity', ['meeting'], 'held', null),
    ('pricing_talk',    1, 0.2, 4, 0.7, 'event', ['pricing_question'], null, null),
    ('pricing_talk',    2, 0.2, 4, 0.6, 'activity', ['call'], 'pricing_discussed', null),
    ('pricing_talk',    3, 0.2, 5, 0.7, 'event', ['proposal_requested'], null, null),

    ('deal_open',       1, 0.1, 5, 1, 'deal', ['open'], 'discovery', null),
    ('deal_moves',      1, 4, 20, 1, 'deal', ['open'], 'proposal', null),
    ('deal_moves',      2, 0.5, 3, 0.7, 'activity', ['call'], 'answered', null),
    ('deal_moves',      3, 5, 25, 0.8, 'deal', ['open'], 'negotiation', null),
    ('deal_won',        1, 5, 35, 1, 'deal', ['won'], 'closed_won', null),
    ('deal_lost',       1, 10, 50, 1, 'deal', ['lost'], 'closed_lost', null),
    -- a lost deal that somebody edits afterwards is still the same lost deal
    ('deal_lost',       2, 1, 20, 0.2, 'deal', ['lost'], 'closed_lost', null);
