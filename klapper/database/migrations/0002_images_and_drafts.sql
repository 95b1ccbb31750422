-- Images that members attached, drafts, and what members and guilds chose.

ALTER TABLE jobs ADD COLUMN spoiler INTEGER NOT NULL DEFAULT 0 CONSTRAINT job_spoiler CHECK (spoiler IN (0, 1));
ALTER TABLE jobs ADD COLUMN parent_job_id TEXT REFERENCES jobs;    -- the job that it was made from
CREATE INDEX jobs_by_body ON jobs (member_ref, body_hash, created_at_ms);

CREATE TABLE images (
    sha256          TEXT PRIMARY KEY,         -- of the normalised file, media/inputs/<sha256>
    media_type      TEXT NOT NULL CONSTRAINT image_media_type CHECK (media_type IN ('image/jpeg', 'image/png')),
    width           INTEGER NOT NULL,         -- as it is seen
    height          INTEGER NOT NULL,
    size_bytes      INTEGER NOT NULL,
    used_at_ms      INTEGER NOT NULL,         -- the last time somebody asked for something with it
    url             TEXT,                     -- where Segmind has it
    uploaded_at_ms  INTEGER,
    CONSTRAINT image_uploaded CHECK ((url IS NULL) = (uploaded_at_ms IS NULL))
) STRICT, WITHOUT ROWID;
CREATE TABLE job_images (
    job_id  TEXT NOT NULL REFERENCES jobs,
    sha256  TEXT NOT NULL,                    -- of `images` as long as the job is unfinished
    PRIMARY KEY (job_id, sha256)
) STRICT, WITHOUT ROWID;
CREATE INDEX jobs_of_image ON job_images (sha256);

CREATE TABLE drafts (
    draft_id       TEXT PRIMARY KEY,
    kind           TEXT NOT NULL CONSTRAINT draft_kind CHECK (kind IN ('quote', 'panel', 'storyboard')),
    state          TEXT NOT NULL CONSTRAINT draft_state CHECK (state IN ('open', 'used', 'discarded')),
    guild_id       INTEGER NOT NULL,
    channel_id     INTEGER NOT NULL,
    user_id        INTEGER NOT NULL,
    asked_by       INTEGER CONSTRAINT draft_per_interaction UNIQUE,    -- the interaction that a question answers
    revision       INTEGER NOT NULL,          -- grows with every change, so that nobody lets go what they did not see
    request        TEXT NOT NULL,             -- JSON of VideoRequest
    deliver_to     TEXT NOT NULL CONSTRAINT draft_deliver_to CHECK (deliver_to IN ('here', 'dm')),
    spoiler        INTEGER NOT NULL CONSTRAINT draft_spoiler CHECK (spoiler IN (0, 1)),
    parent_job_id  TEXT,                      -- the job that it edits
    why            TEXT NOT NULL,             -- what a quote asks: price | repeat | price_changed, or ''
    repeat_of      TEXT,                      -- the job that it would repeat
    price_credits  INTEGER,                   -- as its owner saw it last; NULL: not ready to be made
    price_version  TEXT NOT NULL DEFAULT '',
    created_at_ms  INTEGER NOT NULL,
    expires_at_ms  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX drafts_by_expiry ON drafts (expires_at_ms);

CREATE TABLE member_choices (
    member_ref    INTEGER PRIMARY KEY REFERENCES members,
    notify        TEXT NOT NULL DEFAULT 'ping' CONSTRAINT choice_notify CHECK (notify IN ('ping', 'silent', 'dm')),
    model         TEXT,                       -- NULL: Klapper's default, here and below
    aspect_ratio  TEXT,
    mode          TEXT
) STRICT;
CREATE TABLE guild_choices (
    guild_id  INTEGER PRIMARY KEY,
    sharing   INTEGER NOT NULL DEFAULT 0 CONSTRAINT choice_sharing CHECK (sharing IN (0, 1))  -- of members' images
) STRICT;
