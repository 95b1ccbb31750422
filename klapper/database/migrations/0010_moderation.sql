-- What guilds decide about what may be made, the cases that their moderators settle, and a line for every decision.

ALTER TABLE decisions ADD COLUMN decided_by TEXT NOT NULL DEFAULT 'klapper';  -- or 'member:<member_ref>', a moderator
ALTER TABLE decisions ADD COLUMN reasons TEXT NOT NULL DEFAULT '[]';          -- JSON: code of every rule that objected
ALTER TABLE decisions ADD COLUMN detail TEXT NOT NULL DEFAULT '';             -- which term or category it was
ALTER TABLE decisions ADD COLUMN rules_version INTEGER NOT NULL DEFAULT 0;    -- of the guild's rules
ALTER TABLE decisions ADD COLUMN level TEXT NOT NULL DEFAULT 'general'        -- what the channel had to allow for it
    CONSTRAINT decision_level CHECK (level IN ('general', 'adult'));
CREATE INDEX decisions_by_member ON decisions (member_ref, at_ms);
CREATE TRIGGER decisions_stay BEFORE UPDATE ON decisions BEGIN SELECT RAISE(ABORT, 'decisions are append-only'); END;
CREATE TRIGGER decisions_are_kept BEFORE DELETE ON decisions BEGIN SELECT RAISE(ABORT, 'decisions are append-only'); END;

-- No job without a decision about its member that lets it in, none sent without one that allows it.
CREATE TRIGGER job_was_decided BEFORE INSERT ON jobs WHEN NOT EXISTS (
    SELECT 1 FROM decisions WHERE decision_id = NEW.decision_id AND member_ref = NEW.member_ref
        AND verdict = CASE NEW.status WHEN 'in_review' THEN 'review' ELSE 'allowed' END
) BEGIN SELECT RAISE(ABORT, 'a job needs a decision that lets it in'); END;
CREATE TRIGGER sending_was_allowed BEFORE UPDATE OF status ON jobs WHEN NEW.status = 'sending' AND NOT EXISTS (
    SELECT 1 FROM decisions WHERE decision_id = NEW.decision_id AND member_ref = NEW.member_ref AND verdict = 'allowed'
) BEGIN SELECT RAISE(ABORT, 'a job is sent only when a decision allows it'); END;

CREATE TABLE guild_rules (
    guild_id           INTEGER PRIMARY KEY,
    version            INTEGER NOT NULL,      -- grows with every change of this guild's rules, terms included
    mode               TEXT NOT NULL DEFAULT 'open' CONSTRAINT guild_mode CHECK (mode IN ('open', 'review', 'closed')),
    unsure             TEXT NOT NULL DEFAULT 'refuse' CONSTRAINT guild_unsure CHECK (unsure IN ('refuse', 'review')),
    review_channel_id  INTEGER,
    audit_channel_id   INTEGER
) STRICT;
CREATE TABLE place_rules (
    guild_id   INTEGER NOT NULL,
    kind       TEXT NOT NULL CONSTRAINT place_kind CHECK (kind IN ('channel', 'role')),
    target_id  INTEGER NOT NULL,
    mode       TEXT CONSTRAINT place_mode CHECK (mode IN ('open', 'review', 'closed')),    -- NULL: as the guild
    level      TEXT NOT NULL DEFAULT 'general' CONSTRAINT place_level CHECK (level IN ('general', 'adult')),
    spoiler    INTEGER NOT NULL DEFAULT 0 CONSTRAINT place_spoiler CHECK (spoiler IN (0, 1)),
    trusted    INTEGER NOT NULL DEFAULT 0 CONSTRAINT place_trusted CHECK (trusted IN (0, 1)),    -- skips review
    reviews    INTEGER NOT NULL DEFAULT 0 CONSTRAINT place_reviews CHECK (reviews IN (0, 1)),    -- decides cases
    PRIMARY KEY (guild_id, kind, target_id)
) STRICT, WITHOUT ROWID;
CREATE TABLE filter_terms (
    guild_id   INTEGER NOT NULL,
    term       TEXT NOT NULL,                 -- normalised
    action     TEXT NOT NULL CONSTRAINT term_action CHECK (action IN ('block', 'review', 'allow')),
    category   TEXT NOT NULL DEFAULT '',      -- 'adult' counts outside of channels of that level only
    inflected  INTEGER NOT NULL DEFAULT 0 CONSTRAINT term_inflected CHECK (inflected IN (0, 1)),
    note       TEXT NOT NULL DEFAULT '',      -- for moderators alone
    added_by   TEXT NOT NULL,
    at_ms      INTEGER NOT NULL,
    wrongs     INTEGER NOT NULL DEFAULT 0,    -- refusals by it that moderators called wrong
    PRIMARY KEY (guild_id, term)
) STRICT, WITHOUT ROWID;

CREATE TABLE member_pauses (
    member_ref  INTEGER PRIMARY KEY REFERENCES members,
    reason      TEXT NOT NULL,                -- a code, or a moderator's words
    paused_by   TEXT NOT NULL,
    at_ms       INTEGER NOT NULL,
    until_ms    INTEGER NOT NULL
) STRICT;
CREATE TABLE strikes (
    strike_id   INTEGER PRIMARY KEY,
    guild_id    INTEGER NOT NULL,
    member_ref  INTEGER NOT NULL REFERENCES members,
    kind        TEXT NOT NULL CONSTRAINT strike_kind CHECK (kind IN ('provider', 'moderator')),
    job_id      TEXT NOT NULL REFERENCES jobs,
    given_by    TEXT NOT NULL,
    at_ms       INTEGER NOT NULL,
    CONSTRAINT strike_once UNIQUE (job_id, kind)
) STRICT;
CREATE INDEX strikes_by_member ON strikes (member_ref, at_ms);
CREATE INDEX strikes_by_guild ON strikes (guild_id, at_ms);

CREATE TABLE cases (
    case_id         INTEGER PRIMARY KEY,
    kind            TEXT NOT NULL CONSTRAINT case_kind CHECK (kind IN ('review', 'report')),
    guild_id        INTEGER NOT NULL,
    job_id          TEXT NOT NULL REFERENCES jobs,
    opened_by       TEXT NOT NULL,
    opened_at_ms    INTEGER NOT NULL,
    reasons         TEXT NOT NULL DEFAULT '[]',   -- JSON: codes of the rules that want a moderator
    words           TEXT NOT NULL DEFAULT '',     -- of who reports or appeals
    outcome         TEXT NOT NULL DEFAULT '',     -- a code; '' while it is open
    closed_by       TEXT,
    closed_at_ms    INTEGER,
    note            TEXT NOT NULL DEFAULT '',     -- the moderator's words
    reminded_at_ms  INTEGER,
    channel_id      INTEGER,                      -- of its card
    message_id      INTEGER,
    tried_at_ms     INTEGER,                      -- written before the card is posted: its answer may get lost
    lost            TEXT NOT NULL DEFAULT '',     -- why the card can no longer be edited
    is_final        INTEGER NOT NULL DEFAULT 0    -- there is nothing left to do about the card
                    CONSTRAINT case_final CHECK (is_final IN (0, 1)),
    CONSTRAINT case_closed CHECK ((outcome = '') = (closed_at_ms IS NULL))
) STRICT;
CREATE UNIQUE INDEX open_case_of_job ON cases (job_id, kind) WHERE closed_at_ms IS NULL;
CREATE INDEX cases_open ON cases (guild_id, opened_at_ms, case_id) WHERE closed_at_ms IS NULL;
CREATE INDEX cases_of_job ON cases (job_id);
CREATE INDEX cases_to_show ON cases (opened_at_ms, case_id) WHERE is_final = 0;
CREATE INDEX cases_with_words ON cases (closed_at_ms) WHERE words <> '' OR note <> '';

CREATE TABLE refused_requests (               -- what a policy refused, as long as it can be appealed
    decision_id     INTEGER PRIMARY KEY REFERENCES decisions,
    guild_id        INTEGER NOT NULL,
    channel_id      INTEGER NOT NULL,
    user_id         INTEGER NOT NULL,
    request         TEXT NOT NULL,            -- JSON of VideoRequest
    deliver_to      TEXT NOT NULL CONSTRAINT refused_deliver_to CHECK (deliver_to IN ('here', 'dm')),
    spoiler         INTEGER NOT NULL CONSTRAINT refused_spoiler CHECK (spoiler IN (0, 1)),
    parent_job_id   TEXT,
    refused_at_ms   INTEGER NOT NULL,
    appealed_at_ms  INTEGER
) STRICT;
CREATE INDEX refused_requests_by_age ON refused_requests (refused_at_ms);

CREATE TABLE audit (
    entry_id      INTEGER PRIMARY KEY,
    guild_id      INTEGER NOT NULL,
    at_ms         INTEGER NOT NULL,
    actor         TEXT NOT NULL,
    action        TEXT NOT NULL,              -- a code
    member_ref    INTEGER,                    -- whom it is about
    job_id        TEXT,
    decision_id   INTEGER,
    rule          TEXT NOT NULL DEFAULT '',
    detail        TEXT NOT NULL DEFAULT '',
    words         TEXT NOT NULL DEFAULT '',   -- what a person wrote; retention removes it
    batch         INTEGER,                    -- last entry of the message it goes into, written before that is posted
    posted_at_ms  INTEGER,                    -- in the audit channel; NULL: to be posted, 0: not to be
    searched      TEXT GENERATED ALWAYS AS        -- where a search looks for words
        (action || ' ' || rule || ' ' || detail || ' ' || words || ' ' || COALESCE(job_id, '')) VIRTUAL
) STRICT;
CREATE INDEX audit_by_guild ON audit (guild_id, at_ms);
CREATE INDEX audit_by_member ON audit (member_ref, at_ms) WHERE member_ref IS NOT NULL;
CREATE INDEX audit_by_actor ON audit (guild_id, actor, at_ms);
CREATE INDEX audit_by_action ON audit (guild_id, action, at_ms);
CREATE INDEX audit_with_words ON audit (at_ms) WHERE words <> '';
CREATE INDEX audit_unposted ON audit (guild_id, entry_id) WHERE posted_at_ms IS NULL;

ALTER TABLE drafts ADD COLUMN replaces TEXT;  -- the job in review whose place it takes
