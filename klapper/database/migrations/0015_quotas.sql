-- What guilds set about credits and limits, and the budgets that the operator gives them.
CREATE TABLE guild_quotas (
    guild_id            INTEGER PRIMARY KEY,
    version             INTEGER NOT NULL,
    period              TEXT CONSTRAINT quota_period CHECK (period IN ('day', 'week', 'month')),  -- NULL: the operator's
    first_day           INTEGER NOT NULL DEFAULT 0 CONSTRAINT quota_first_day CHECK (first_day BETWEEN 0 AND 6),
    time_zone           TEXT,
    running_per_member  INTEGER NOT NULL DEFAULT 0,   -- 0 in all limits: none of its own
    waiting_per_member  INTEGER NOT NULL DEFAULT 0,
    running_per_guild   INTEGER NOT NULL DEFAULT 0,
    largest_job         INTEGER NOT NULL DEFAULT 0,
    account_days        INTEGER NOT NULL DEFAULT 0,   -- how old an account must be
    member_days         INTEGER NOT NULL DEFAULT 0,   -- and how long in the server
    giving              INTEGER NOT NULL DEFAULT 0 CONSTRAINT quota_giving CHECK (giving IN (0, 1)),
    given_per_day       INTEGER NOT NULL DEFAULT 0,   -- 0: any number
    CONSTRAINT quota_rhythm CHECK ((period IS NULL) = (time_zone IS NULL))
) STRICT;
CREATE TABLE role_quotas (
    guild_id   INTEGER NOT NULL,
    role_id    INTEGER NOT NULL,              -- the guild's own id: everybody
    allowance  INTEGER CONSTRAINT role_allowance CHECK (allowance >= 0),
    makes      TEXT,                          -- JSON: models, modes, longest_s; NULL: says nothing
    PRIMARY KEY (guild_id, role_id)
) STRICT, WITHOUT ROWID;
CREATE TABLE channel_prices (
    guild_id    INTEGER NOT NULL,
    channel_id  INTEGER NOT NULL,             -- or of a category
    percent     INTEGER NOT NULL CONSTRAINT channel_percent CHECK (percent >= 0),
    PRIMARY KEY (guild_id, channel_id)
) STRICT, WITHOUT ROWID;
CREATE TABLE member_quotas (
    member_ref  INTEGER PRIMARY KEY REFERENCES members,
    guild_id    INTEGER NOT NULL,
    allowance   INTEGER NOT NULL CONSTRAINT member_allowance CHECK (allowance >= 0)
) STRICT;
CREATE INDEX member_quotas_of_guild ON member_quotas (guild_id, member_ref);
CREATE TABLE budgets (
    guild_id  INTEGER PRIMARY KEY,            -- 0: the whole bot, per day
    units     INTEGER NOT NULL CONSTRAINT budget_units CHECK (units >= 0),   -- 0: unlimited
    set_by    TEXT NOT NULL,
    at_ms     INTEGER NOT NULL
) STRICT;
