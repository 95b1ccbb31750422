-- The schema: members and their accounts, moderation decisions, jobs, cards, deliveries, images, drafts and choices.
-- Times are milliseconds since 1970 UTC. Credits and budget units are integers; provider money is micro-USD.

CREATE TABLE members (
    member_ref       INTEGER PRIMARY KEY,
    guild_id         INTEGER NOT NULL,
    discord_user_id  INTEGER,                 -- NULL: forgotten; the books stay
    created_at_ms    INTEGER NOT NULL,
    returns_as       TEXT                     -- by which who is forgotten is known again; NULL: not any more
) STRICT;
CREATE UNIQUE INDEX member_of_guild ON members (guild_id, discord_user_id);
CREATE UNIQUE INDEX member_who_returns ON members (returns_as) WHERE returns_as IS NOT NULL;
CREATE TABLE forgettings (                    -- what is still to be taken away for who deleted their data
    member_ref     INTEGER PRIMARY KEY REFERENCES members,
    at_ms          INTEGER NOT NULL,
    dm_channel_id  INTEGER                    -- of their direct messages, where they could be opened
) STRICT;

CREATE TABLE accounts (
    account_id         TEXT PRIMARY KEY,      -- 'allowance:17', 'guild_budget:42', 'issuer', ...
    ledger             TEXT NOT NULL CONSTRAINT account_ledger CHECK (ledger IN ('credit', 'budget')),
    member_ref         INTEGER REFERENCES members,
    guild_id           INTEGER,
    is_system          INTEGER NOT NULL DEFAULT 0 CONSTRAINT account_system CHECK (is_system IN (0, 1)),
    credits_posted     INTEGER NOT NULL DEFAULT 0 CONSTRAINT account_credits CHECK (credits_posted >= 0),
    debits_posted      INTEGER NOT NULL DEFAULT 0 CONSTRAINT account_debits CHECK (debits_posted >= 0),
    debits_pending     INTEGER NOT NULL DEFAULT 0 CONSTRAINT account_pending CHECK (debits_pending >= 0),
    period_start_ms    INTEGER NOT NULL DEFAULT 0,    -- the period its last periodic grant belongs to; 0: has none
    period_end_ms      INTEGER NOT NULL DEFAULT 0,
    granted_in_period  INTEGER NOT NULL DEFAULT 0,
    CONSTRAINT account_available CHECK (is_system = 1 OR credits_posted >= debits_posted + debits_pending)
) STRICT, WITHOUT ROWID;
INSERT INTO accounts (account_id, ledger, is_system) VALUES
    ('issuer', 'credit', 1), ('spent', 'credit', 1), ('written_off', 'credit', 1),
    ('budget_issuer', 'budget', 1), ('budget_spent', 'budget', 1);

CREATE TABLE transfers (
    seq             INTEGER PRIMARY KEY AUTOINCREMENT,
    transfer_id     TEXT NOT NULL,            -- says what it is for, so it happens once
    ledger          TEXT NOT NULL CONSTRAINT transfer_ledger CHECK (ledger IN ('credit', 'budget')),
    kind            TEXT NOT NULL CONSTRAINT transfer_kind
                    CHECK (kind IN ('grant', 'revoke', 'give', 'reserve', 'settle', 'release', 'refund', 'expire',
                                    'write_off')),
    debit_account   TEXT NOT NULL REFERENCES accounts,
    credit_account  TEXT NOT NULL REFERENCES accounts,
    amount          INTEGER NOT NULL CONSTRAINT transfer_positive CHECK (amount > 0),
    actor           TEXT NOT NULL,            -- 'klapper', 'operator:<login>' or 'member:<member_ref>'
    reason          TEXT NOT NULL,            -- a code, never free text
    job_id          TEXT,
    at_ms           INTEGER NOT NULL,
    CONSTRAINT transfer_between_two CHECK (debit_account <> credit_account)
) STRICT;
CREATE UNIQUE INDEX transfer_once ON transfers (transfer_id);
CREATE INDEX transfers_by_debit ON transfers (debit_account, seq);
CREATE INDEX transfers_by_credit ON transfers (credit_account, seq);
CREATE INDEX transfers_by_job ON transfers (job_id) WHERE job_id IS NOT NULL;
CREATE INDEX gifts_by_giver ON transfers (debit_account, at_ms) WHERE kind = 'give';
CREATE TRIGGER transfers_stay BEFORE UPDATE ON transfers BEGIN SELECT RAISE(ABORT, 'transfers are append-only'); END;
CREATE TRIGGER transfers_are_kept BEFORE DELETE ON transfers BEGIN SELECT RAISE(ABORT, 'transfers are append-only'); END;

CREATE TABLE reservations (
    job_id          TEXT PRIMARY KEY,         -- a job has one
    status          TEXT NOT NULL CONSTRAINT reservation_status CHECK (status IN ('held', 'settled', 'released')),
    held_at_ms      INTEGER NOT NULL,
    resolved_at_ms  INTEGER
) STRICT, WITHOUT ROWID;
CREATE TABLE reservation_legs (
    job_id           TEXT NOT NULL REFERENCES reservations,
    account_id       TEXT NOT NULL REFERENCES accounts,
    amount           INTEGER NOT NULL CONSTRAINT leg_positive CHECK (amount > 0),
    period_start_ms  INTEGER NOT NULL,        -- the account's period when it was made
    PRIMARY KEY (job_id, account_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE decisions (
    decision_id   INTEGER PRIMARY KEY,
    guild_id      INTEGER NOT NULL,
    member_ref    INTEGER NOT NULL REFERENCES members,
    content_hash  TEXT NOT NULL,              -- of the exact text and images
    verdict       TEXT NOT NULL CONSTRAINT decision_verdict CHECK (verdict IN ('allowed', 'review', 'refused')),
    rule          TEXT NOT NULL,              -- reason code of the policy that decided
    at_ms         INTEGER NOT NULL,
    decided_by    TEXT NOT NULL DEFAULT 'klapper',   -- or 'member:<member_ref>', a moderator
    reasons       TEXT NOT NULL DEFAULT '[]',        -- JSON: every rule that objected: its code, or [code, detail]
    detail        TEXT NOT NULL DEFAULT '',          -- which term or category it was
    rules_version INTEGER NOT NULL DEFAULT 0,        -- of the guild's rules
    level         TEXT NOT NULL DEFAULT 'general'    -- what the channel had to allow for it
                  CONSTRAINT decision_level CHECK (level IN ('general', 'adult'))
) STRICT;
CREATE INDEX decisions_by_member ON decisions (member_ref, at_ms);
CREATE TRIGGER decisions_stay BEFORE UPDATE ON decisions BEGIN SELECT RAISE(ABORT, 'decisions are append-only'); END;
CREATE TRIGGER decisions_are_kept BEFORE DELETE ON decisions BEGIN SELECT RAISE(ABORT, 'decisions are append-only'); END;
CREATE TABLE blocked_images (
    block_id    INTEGER PRIMARY KEY,
    guild_id    INTEGER NOT NULL,             -- 0: in every guild
    likeness    TEXT NOT NULL,                -- of the picture; the picture itself is not kept
    reason      TEXT NOT NULL,                -- a code
    note        TEXT NOT NULL,                -- for moderators and the operator
    blocked_by  TEXT NOT NULL,                -- actor: 'member:17', 'operator:<login>'
    at_ms       INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX image_of_block_list ON blocked_images (guild_id, likeness);
CREATE TABLE blocked_members (
    member_ref  INTEGER PRIMARY KEY REFERENCES members,
    reason      TEXT NOT NULL,
    blocked_by  TEXT NOT NULL,
    at_ms       INTEGER NOT NULL
) STRICT;

CREATE TABLE jobs (
    job_id                   TEXT PRIMARY KEY,
    interaction_id           INTEGER NOT NULL CONSTRAINT job_per_interaction UNIQUE,
    draft_id                 TEXT CONSTRAINT job_per_draft UNIQUE,
    guild_id                 INTEGER NOT NULL,
    channel_id               INTEGER NOT NULL,
    member_ref               INTEGER NOT NULL REFERENCES members,
    decision_id              INTEGER NOT NULL REFERENCES decisions,
    request                  TEXT NOT NULL,   -- JSON of VideoRequest
    slug                     TEXT NOT NULL,
    body_hash                TEXT NOT NULL,   -- of slug and body as sent: equal jobs wait for an unclear one
    deliver_to               TEXT NOT NULL CONSTRAINT job_deliver_to CHECK (deliver_to IN ('here', 'dm')),
    price_credits            INTEGER NOT NULL,
    budget_units             INTEGER NOT NULL,
    provider_cost_micro_usd  INTEGER NOT NULL,    -- as quoted
    reported_cost_micro_usd  INTEGER,             -- as charged, where Segmind said
    price_version            TEXT NOT NULL,
    status                   TEXT NOT NULL CONSTRAINT job_status CHECK (status IN (
                                 'in_review', 'waiting', 'sending', 'queued', 'processing', 'unknown', 'succeeded',
                                 'failed', 'refused', 'rejected', 'cancelled', 'expired', 'abandoned')),
    reason                   TEXT NOT NULL DEFAULT '',    -- code of the last change
    provider_text            TEXT NOT NULL DEFAULT '',    -- Segmind's own words, cut
    created_at_ms            INTEGER NOT NULL,
    status_at_ms             INTEGER NOT NULL,
    waiting_since_ms         INTEGER NOT NULL,            -- pauses of the guild move it forward
    not_before_ms            INTEGER NOT NULL,            -- undo time, or leave-alone time after a 429
    attempts                 INTEGER NOT NULL DEFAULT 0,  -- how often it was sent
    posted_at_ms             INTEGER,                     -- the last time it was sent
    request_id               TEXT CONSTRAINT job_per_request UNIQUE,
    finished_at_ms           INTEGER,
    run_time_s               REAL,                        -- Segmind's total_time, else ours
    media_url                TEXT,
    spoiler                  INTEGER NOT NULL DEFAULT 0 CONSTRAINT job_spoiler CHECK (spoiler IN (0, 1)),
    parent_job_id            TEXT REFERENCES jobs,        -- the job that it was made from
    sent_body                TEXT,                        -- JSON as sent, while nobody knows whether it was taken
    misses                   INTEGER NOT NULL DEFAULT 0,  -- good answers of the request history without it
    missed_at_ms             INTEGER,                     -- the last of them
    has_words                INTEGER NOT NULL DEFAULT 1   -- 0: its texts and images are forgotten
                             CONSTRAINT job_has_words CHECK (has_words IN (0, 1)),
    CONSTRAINT job_sent CHECK (status NOT IN ('queued', 'processing') OR request_id IS NOT NULL)
) STRICT, WITHOUT ROWID;
CREATE INDEX jobs_with_words ON jobs (finished_at_ms) WHERE finished_at_ms IS NOT NULL AND has_words = 1;
CREATE INDEX jobs_by_status ON jobs (status, created_at_ms);
CREATE INDEX jobs_by_member ON jobs (member_ref, created_at_ms);
CREATE INDEX jobs_by_guild ON jobs (guild_id, created_at_ms);
CREATE INDEX jobs_by_body ON jobs (member_ref, body_hash, created_at_ms);
CREATE INDEX jobs_by_posting ON jobs (slug, posted_at_ms) WHERE posted_at_ms IS NOT NULL;
CREATE INDEX jobs_waiting_since ON jobs (waiting_since_ms) WHERE status IN ('in_review', 'waiting');
CREATE INDEX jobs_not_before ON jobs (not_before_ms) WHERE status = 'waiting';
CREATE UNIQUE INDEX job_of_bare_request ON jobs (REPLACE(LOWER(request_id), '-', '')) WHERE request_id IS NOT NULL;
CREATE INDEX jobs_of_guild_by_end ON jobs (guild_id, finished_at_ms) WHERE finished_at_ms IS NOT NULL;
CREATE INDEX jobs_of_member_by_end ON jobs (member_ref, finished_at_ms) WHERE finished_at_ms IS NOT NULL;
CREATE INDEX jobs_waiting_of_member ON jobs (member_ref) WHERE status IN ('in_review', 'waiting');
-- No job without a decision about its member that lets it in, none sent without one that allows it.
CREATE TRIGGER job_was_decided BEFORE INSERT ON jobs WHEN NOT EXISTS (
    SELECT 1 FROM decisions WHERE decision_id = NEW.decision_id AND member_ref = NEW.member_ref
        AND verdict = CASE NEW.status WHEN 'in_review' THEN 'review' ELSE 'allowed' END
) BEGIN SELECT RAISE(ABORT, 'a job needs a decision that lets it in'); END;
CREATE TRIGGER sending_was_allowed BEFORE UPDATE OF status ON jobs WHEN NEW.status = 'sending' AND NOT EXISTS (
    SELECT 1 FROM decisions WHERE decision_id = NEW.decision_id AND member_ref = NEW.member_ref AND verdict = 'allowed'
) BEGIN SELECT RAISE(ABORT, 'a job is sent only when a decision allows it'); END;
CREATE TABLE job_events (
    event_id     INTEGER PRIMARY KEY,
    job_id       TEXT NOT NULL REFERENCES jobs,
    from_status  TEXT,
    to_status    TEXT NOT NULL,
    reason       TEXT NOT NULL,
    actor        TEXT NOT NULL,
    at_ms        INTEGER NOT NULL
) STRICT;
CREATE INDEX job_events_by_job ON job_events (job_id, event_id);

CREATE TABLE served_guilds (
    guild_id      INTEGER PRIMARY KEY,
    served_at_ms  INTEGER NOT NULL
) STRICT;
CREATE TABLE served_members (
    member_ref    INTEGER PRIMARY KEY REFERENCES members,
    served_at_ms  INTEGER NOT NULL
) STRICT;
CREATE TABLE provider_pauses (
    scope     TEXT PRIMARY KEY,               -- 'all' or a slug
    reason    TEXT NOT NULL,
    since_ms  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE guild_pauses (
    guild_id   INTEGER PRIMARY KEY,
    paused_by  TEXT NOT NULL,
    since_ms   INTEGER NOT NULL
) STRICT;
CREATE TABLE guild_limits (
    guild_id            INTEGER PRIMARY KEY,
    upload_limit_bytes  INTEGER NOT NULL      -- learned from a 413
) STRICT;

CREATE TABLE cards (
    job_id           TEXT PRIMARY KEY REFERENCES jobs,
    channel_id       INTEGER NOT NULL,
    message_id       INTEGER,
    shown            TEXT NOT NULL DEFAULT '',    -- fingerprint of what the message shows
    posted_at_ms     INTEGER,
    lost             TEXT NOT NULL DEFAULT '',    -- why it can no longer be edited: deleted | channel_gone | forbidden | too_old
    shown_state      TEXT NOT NULL DEFAULT ''     -- status, delivery state and way of its job
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX card_of_message ON cards (message_id) WHERE message_id IS NOT NULL;
CREATE TABLE posts (                              -- messages that the bot posts by itself
    job_id        TEXT NOT NULL REFERENCES jobs,
    step          TEXT NOT NULL CONSTRAINT post_step CHECK (step IN ('card', 'clip', 'end')),
    tried_at_ms   INTEGER NOT NULL,               -- written before the post: its answer may get lost
    message_id    INTEGER,
    PRIMARY KEY (job_id, step)
) STRICT, WITHOUT ROWID;
CREATE INDEX post_of_message ON posts (message_id) WHERE message_id IS NOT NULL;
CREATE TABLE deliveries (
    job_id         TEXT PRIMARY KEY REFERENCES jobs,
    state          TEXT NOT NULL CONSTRAINT delivery_state
                   CHECK (state IN ('none', 'pending', 'delivered', 'undeliverable', 'removed')),
    reason         TEXT NOT NULL DEFAULT '',
    way            TEXT NOT NULL DEFAULT '',      -- attached | linked | replied | dm | recovered, or quiet
    media_path     TEXT,                          -- of the clip on disk, below the media directory
    attempts       INTEGER NOT NULL DEFAULT 0,
    not_before_ms  INTEGER NOT NULL,
    told_at_ms     INTEGER,                       -- the requester's one ping
    since_ms       INTEGER NOT NULL,
    copy           TEXT NOT NULL DEFAULT ''       -- what the message carries instead of the clip as it came
                   CONSTRAINT delivery_copy
                   CHECK (copy IN ('', 'shrinking', 'converting', 'smaller', 'converted', 'failed')),
    -- How many copies were begun.
    copy_tries     INTEGER NOT NULL DEFAULT 0) STRICT, WITHOUT ROWID;
CREATE INDEX deliveries_open ON deliveries (not_before_ms) WHERE state = 'pending' OR told_at_ms IS NULL;

CREATE TABLE images (
    sha256          TEXT PRIMARY KEY,         -- of the normalised file, media/inputs/<sha256>
    media_type      TEXT NOT NULL CONSTRAINT image_media_type CHECK (media_type IN ('image/jpeg', 'image/png')),
    width           INTEGER NOT NULL,         -- as it is seen
    height          INTEGER NOT NULL,
    size_bytes      INTEGER NOT NULL,
    used_at_ms      INTEGER NOT NULL,         -- the last time somebody asked for something with it
    url             TEXT,                     -- where Segmind has it
    uploaded_at_ms  INTEGER,
    likeness        TEXT,                     -- by which it is known again; NULL: from before there were any
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
    why            TEXT NOT NULL,             -- what a quote asks: price | repeat | price_changed | review_over, or ''
    repeat_of      TEXT,                      -- the job that it would repeat
    price_credits  INTEGER,                   -- as its owner saw it last; NULL: not ready to be made
    price_version  TEXT NOT NULL DEFAULT '',
    created_at_ms  INTEGER NOT NULL,
    expires_at_ms  INTEGER NOT NULL,
    replaces       TEXT                       -- the job in review whose place it takes
) STRICT, WITHOUT ROWID;
CREATE INDEX drafts_by_expiry ON drafts (expires_at_ms);
CREATE INDEX drafts_by_author ON drafts (guild_id, user_id);

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

CREATE TABLE learned_rate (
    only_row         INTEGER PRIMARY KEY CONSTRAINT learned_rate_once CHECK (only_row = 1),
    per_minute       REAL NOT NULL,           -- requests with the key that may flow, when it was learned
    learned_at_ms    INTEGER NOT NULL,
    closed_until_ms  INTEGER NOT NULL         -- as Segmind asked; 0: it did not say
) STRICT;

CREATE TABLE bill_watch (
    only_row        INTEGER PRIMARY KEY CONSTRAINT bill_watch_once CHECK (only_row = 1),
    compared_at_ms  INTEGER NOT NULL DEFAULT 0,   -- the last comparison with Segmind's history; 0: never
    is_low          INTEGER NOT NULL DEFAULT 0    -- the operator was told that the balance is low
                    CONSTRAINT bill_low CHECK (is_low IN (0, 1))
) STRICT;
INSERT INTO bill_watch (only_row) VALUES (1);
CREATE TABLE bill_differences (
    difference   TEXT PRIMARY KEY,                -- says which one it is, so it is told once
    kind         TEXT NOT NULL,
    found_at_ms  INTEGER NOT NULL,
    seen_at_ms   INTEGER NOT NULL                 -- the last time
) STRICT, WITHOUT ROWID;

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
CREATE TABLE pardons (                        -- strikes of a member up to then weigh no more
    member_ref  INTEGER PRIMARY KEY REFERENCES members,
    at_ms       INTEGER NOT NULL
) STRICT;
CREATE TABLE guild_protection (
    guild_id          INTEGER PRIMARY KEY,
    counted_since_ms  INTEGER NOT NULL DEFAULT 0,  -- Segmind's refusals up to then do not count for the guild any more
    told_since_ms     INTEGER                      -- the beginning of the pause that its moderators were told of last
) STRICT;

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

CREATE TABLE cases (
    case_id         INTEGER PRIMARY KEY,
    kind            TEXT NOT NULL CONSTRAINT case_kind CHECK (kind IN ('review', 'report')),
    guild_id        INTEGER NOT NULL,
    job_id          TEXT NOT NULL REFERENCES jobs,
    opened_by       TEXT NOT NULL,
    opened_at_ms    INTEGER NOT NULL,
    reasons         TEXT NOT NULL DEFAULT '[]',   -- JSON: the rules that want a moderator, as in `decisions`
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
    revision        INTEGER NOT NULL DEFAULT 0,   -- grows while it is open
    shown_revision  INTEGER NOT NULL DEFAULT 0,   -- the one that its card shows
    news            TEXT NOT NULL DEFAULT ''      -- for the requester: '' for none
                    CONSTRAINT case_news CHECK (news IN ('', 'due', 'told', 'unheard')),
    news_tried_at_ms INTEGER,                     -- written before they are told
    CONSTRAINT case_closed CHECK ((outcome = '') = (closed_at_ms IS NULL))
) STRICT;
CREATE UNIQUE INDEX open_case_of_job ON cases (job_id, kind) WHERE closed_at_ms IS NULL;
CREATE INDEX cases_open ON cases (guild_id, opened_at_ms, case_id) WHERE closed_at_ms IS NULL;
CREATE INDEX cases_of_job ON cases (job_id);
CREATE INDEX cases_to_show ON cases (opened_at_ms, case_id) WHERE is_final = 0;
CREATE INDEX cases_with_words ON cases (closed_at_ms) WHERE words <> '' OR note <> '';
CREATE INDEX cases_with_news ON cases (closed_at_ms) WHERE news = 'due';

CREATE TABLE reports (
    case_id     INTEGER NOT NULL REFERENCES cases,
    member_ref  INTEGER NOT NULL REFERENCES members,
    at_ms       INTEGER NOT NULL,
    words       TEXT NOT NULL,
    PRIMARY KEY (case_id, member_ref)
) STRICT, WITHOUT ROWID;
CREATE INDEX reports_by_member ON reports (member_ref);

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
    appealed_at_ms  INTEGER,
    replaces        TEXT                      -- the job in review whose place it was to take
) STRICT;
CREATE INDEX refused_requests_by_age ON refused_requests (refused_at_ms);
CREATE INDEX refused_requests_by_author ON refused_requests (guild_id, user_id);

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

CREATE TABLE credit_orders (                  -- what people did with credits: an event of Discord's does it once
    entry_id         INTEGER PRIMARY KEY REFERENCES audit,    -- who did what, with whose, and why
    interaction_id   INTEGER NOT NULL,
    by_ref           INTEGER NOT NULL REFERENCES members,
    news             TEXT NOT NULL DEFAULT 'due'              -- for whom it concerns
                     CONSTRAINT order_news CHECK (news IN ('due', 'told', 'unheard')),
    news_tried_at_ms INTEGER,                                 -- written before they are told
    CONSTRAINT order_once UNIQUE (interaction_id, by_ref)
) STRICT;
CREATE INDEX orders_with_news ON credit_orders (entry_id) WHERE news = 'due';
