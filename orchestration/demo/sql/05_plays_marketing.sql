-- What people do, step by step. A gap is counted in working days since the step before, drawn
-- between its two ends and mostly short. `choices` are alternatives of which one is drawn; answers
-- are need, budget, authority, timing: y confirmed, n denied, - not answered, ? drawn.
create table plays (
    play varchar, step integer, gap_from double, gap_to double, chance double,
    fact varchar, choices varchar[], outcome varchar, answers varchar
);

insert into plays values
    ('newsletter',      1, 0, 0, 1, 'event', ['newsletter'], null, null),

    ('discovery',       1, 0, 0, 1, 'event', ['whitepaper'], null, null),
    ('discovery',       2, 0.01, 0.4, 0.7, 'event', ['product', 'home', 'blog'], null, null),
    ('discovery',       3, 1, 15, 0.3, 'event', ['webinar_attended'], null, null),

    -- three strategic pages within a week
    ('visits',          1, 0, 0, 1, 'event', ['product'], null, null),
    ('visits',          2, 0.01, 1, 1, 'event', ['case_study', 'compare'], null, null),
    ('visits',          3, 0.01, 2, 1, 'event', ['pricing'], null, null),
    ('visits',          4, 0.1, 5, 0.5, 'event', ['newsletter'], null, null),

    -- enough content, web and webinar within a month to be an MQL by score
    ('warm_up',         1, 0, 0, 1, 'event', ['whitepaper'], null, null),
    ('warm_up',         2, 0.4, 2, 1, 'event', ['pricing'], null, null),
    ('warm_up',         3, 0.01, 1, 1, 'event', ['case_study'], null, null),
    ('warm_up',         4, 0.4, 2, 1, 'event', ['webinar_registered'], null, null),
    ('warm_up',         5, 1, 5, 1, 'event', ['webinar_attended'], null, null),
    ('warm_up',         6, 0.1, 1, 1, 'event', ['email_click'], null, null),
    ('warm_up',         7, 0.3, 2, 1, 'event', ['whitepaper'], null, null),
    ('warm_up',         8, 0.3, 1, 1, 'event', ['compare'], null, null),
    ('warm_up',         9, 0.6, 2, 1, 'event', ['pricing'], null, null),
    ('warm_up',        10, 0.01, 1, 0.5, 'event', ['demo_page'], null, null),

    ('hand_raise',      1, 0, 0.5, 0.8, 'event', ['pricing', 'demo_page'], null, null),
    ('hand_raise',      2, 1, 1.3, 1, 'event', ['demo_request', 'quote_request', 'contact_sales'], null, null),

    ('demo_booked',     1, 0.05, 3, 1, 'event', ['demo_page'], null, null),
    ('demo_booked',     2, 0.01, 0.2, 1, 'activity', ['meeting'], 'booked', null),
    ('demo_held',       1, 2, 9, 1, 'activity', ['meeting'], 'held', null),
    ('demo_held',       2, 0.1, 2, 0.5, 'event', ['pricing_question'], null, null),
    ('demo_cancelled',  1, 0.5, 5, 1, 'activity', ['meeting'], 'cancelled', null),
    ('demo_no_show',    1, 2, 9, 1, 'activity', ['meeting'], 'no_show', null),

    ('careers',         1, 0.2, 3, 1, 'event', ['careers'], null, null),
    ('careers',         2, 0.1, 1.5, 1, 'event', ['careers'], null, null),
    ('careers',         3, 0.1, 1.5, 1, 'event', ['careers'], null, null),

    ('months_later',    1, 60, 130, 1, 'event', ['home', 'blog'], null, null),

    ('unsubscription',  1, 10, 120, 1, 'event', ['unsubscribe'], null, null),
    ('objection',       1, 3, 60, 1, 'consent', ['objection'], null, null),
    ('opt_out',         1, 5, 60, 1, 'consent', ['opt_out', 'objection'], null, null),
    ('second_thoughts', 1, 10, 90, 1, 'consent', ['opt_in'], null, null),
    ('second_thoughts', 2, 0.01, 0.1, 1, 'event', ['newsletter'], null, null),
    ('erasure',         1, 20, 150, 1, 'consent', ['erasure'], null, null);
