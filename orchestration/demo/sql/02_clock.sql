-- Time is counted in whole seconds. Journeys run on a clock that only ticks at work, so that no
-- step is ever out of order because of a night or a weekend between two others.
-- Variables: first_monday (epoch seconds at 00:00 UTC), ends_at (epoch seconds), work_seconds (of
-- the whole history).

-- 08:00 to 16:00 UTC: office hours in Paris, summer and winter.
create macro work_day() as 28800;

-- The instant (epoch seconds) at which so many seconds of work have passed since the first Monday.
create macro at_work(seconds) as
    getvariable('first_monday') + 28800
    + (seconds // (5 * work_day())) * 604800
    + (seconds % (5 * work_day())) // work_day() * 86400
    + seconds % work_day();

create macro instant(seconds) as make_timestamp(cast(seconds as bigint) * 1000000);

-- When what happened then is in the warehouse: minutes later, some days later, never after the end.
create macro landed(seconds, r) as instant(least(
    getvariable('ends_at'),
    seconds + if(r < 0.985, whole(30, 900, r / 0.985), whole(90000, 800000, (r - 0.985) / 0.015))
));
