-- What people do between the plays of their story: events in all, days it lasts after the story
-- begins, and how many of 100 events are of each kind. `stranger` is anybody before the first form.
create table habits as
select *, row_number() over () - 1 as habit_no from (values
    ('quiet',     7,  23, 500),
    ('reader',   20,  46, 420),
    ('curious',  28,  66, 300),
    ('jobless',  14,  40, 150),
    ('stranger',  0,   0,   0)
) as listed (habit, events_from, events_to, lasts_days);

create table habit_shares as
select * from (values
    ('quiet', 'email_open', 70), ('quiet', 'email_click', 6), ('quiet', 'blog', 12),
    ('quiet', 'home', 9), ('quiet', 'careers', 2), ('quiet', 'product', 1),

    ('reader', 'email_open', 58), ('reader', 'email_click', 14), ('reader', 'blog', 15),
    ('reader', 'home', 6), ('reader', 'product', 2), ('reader', 'whitepaper', 2),
    ('reader', 'podcast', 2), ('reader', 'careers', 1),

    ('curious', 'email_open', 50), ('curious', 'email_click', 14), ('curious', 'blog', 14),
    ('curious', 'home', 7), ('curious', 'product', 4), ('curious', 'case_study', 2),
    ('curious', 'pricing', 2), ('curious', 'whitepaper', 2), ('curious', 'webinar_registered', 1),
    ('curious', 'webinar_attended', 1), ('curious', 'podcast', 2), ('curious', 'compare', 1),

    ('jobless', 'email_open', 40), ('jobless', 'blog', 24), ('jobless', 'careers', 16),
    ('jobless', 'home', 14), ('jobless', 'whitepaper', 4), ('jobless', 'podcast', 2),

    ('stranger', 'home', 34), ('stranger', 'blog', 44), ('stranger', 'product', 12),
    ('stranger', 'case_study', 4), ('stranger', 'pricing', 3), ('stranger', 'careers', 3)
) as listed (habit, kind, share);

set variable stranger = (select habit_no from habits where habit = 'stranger');

-- One row per (habit, slot of 100, variant, language), found by a single number.
create table habit_events as
with cumulated as (
    select habit, kind, share, sum(share) over (partition by habit order by kind) as upto
    from habit_shares
)
select
    ((habits.habit_no * 100 + slots.slot) * 4 + variants.variant) * 2 + variants.is_french::bigint
        as code,
    variants.* exclude (variant, is_french)
from cumulated
inner join habits on cumulated.habit = habits.habit
inner join range(100) as slots (slot) on slots.slot >= upto - share and slots.slot < upto
inner join event_variants as variants on cumulated.kind = variants.kind;
