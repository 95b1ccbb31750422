-- Members take their data with them and have it deleted; who returns is known again for a while.

ALTER TABLE members ADD COLUMN returns_as TEXT;    -- by which who is forgotten is known again; NULL: not any more
CREATE UNIQUE INDEX member_who_returns ON members (returns_as) WHERE returns_as IS NOT NULL;

ALTER TABLE jobs ADD COLUMN has_words INTEGER NOT NULL DEFAULT 1   -- 0: its texts and images are forgotten
    CONSTRAINT job_has_words CHECK (has_words IN (0, 1));
CREATE INDEX jobs_with_words ON jobs (finished_at_ms) WHERE finished_at_ms IS NOT NULL AND has_words = 1;

CREATE INDEX drafts_by_author ON drafts (guild_id, user_id);
CREATE INDEX refused_requests_by_author ON refused_requests (guild_id, user_id);

CREATE TABLE forgettings (                    -- what is still to be taken away for who deleted their data
    member_ref     INTEGER PRIMARY KEY REFERENCES members,
    at_ms          INTEGER NOT NULL,
    dm_channel_id  INTEGER                    -- of their direct messages, where they could be opened
) STRICT;
