-- Chance without a dice: every draw is a hash of (seed, who, what for), so nothing depends on the
-- order of rows, the number of threads or the machine. Variables: seed.

-- A number in [0, 1) that belongs to this key and this purpose.
create macro u(key, purpose) as
    (hash(xor(hash(cast(key as bigint)), hash(purpose, getvariable('seed')))) >> 11)::double
    / 9007199254740992.0;

create macro pick(choices, r) as choices[1 + cast(floor(r * len(choices)) as integer)];

-- A whole number from low to high, both included.
create macro whole(low, high, r) as low + cast(floor((high - low + 1) * r) as bigint);

create macro padded(number, width) as lpad(cast(number as varchar), width, '0');
