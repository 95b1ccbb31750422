-- A guild that was resumed after too many refusals begins anew, and its moderators are told of such a pause once.
-- Moderators can pardon a member.

CREATE TABLE guild_protection (
    guild_id          INTEGER PRIMARY KEY,
    counted_since_ms  INTEGER NOT NULL DEFAULT 0,  -- Segmind's refusals up to then do not count for the guild any more
    told_since_ms     INTEGER                      -- the beginning of the pause that its moderators were told of last
) STRICT;

CREATE TABLE pardons (                        -- strikes of a member up to then weigh no more
    member_ref  INTEGER PRIMARY KEY REFERENCES members,
    at_ms       INTEGER NOT NULL
) STRICT;
