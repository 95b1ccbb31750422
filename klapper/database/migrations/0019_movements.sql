-- Two more kinds of transfers: credits that a manager takes back, and credits that members give each other.
-- A CHECK cannot be changed, so the lines move into a new table; their numbers, and the last one given out, stay.
ALTER TABLE transfers RENAME TO transfers_before;
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
INSERT INTO transfers SELECT * FROM transfers_before ORDER BY seq;
DELETE FROM sqlite_sequence WHERE name = 'transfers';
UPDATE sqlite_sequence SET name = 'transfers' WHERE name = 'transfers_before';
DROP TABLE transfers_before;
CREATE UNIQUE INDEX transfer_once ON transfers (transfer_id);    -- made at the end, in order, it takes seconds
CREATE INDEX transfers_by_debit ON transfers (debit_account, seq);
CREATE INDEX transfers_by_credit ON transfers (credit_account, seq);
CREATE INDEX transfers_by_job ON transfers (job_id) WHERE job_id IS NOT NULL;
CREATE INDEX gifts_by_giver ON transfers (debit_account, at_ms) WHERE kind = 'give';
CREATE TRIGGER transfers_stay BEFORE UPDATE ON transfers BEGIN SELECT RAISE(ABORT, 'transfers are append-only'); END;
CREATE TRIGGER transfers_are_kept BEFORE DELETE ON transfers BEGIN SELECT RAISE(ABORT, 'transfers are append-only'); END;

-- What people did with credits: an event of Discord's does it once, and whom it concerns is told.
CREATE TABLE credit_orders (
    entry_id         INTEGER PRIMARY KEY REFERENCES audit,    -- of the audit: who did what, with whose, and why
    interaction_id   INTEGER NOT NULL,
    by_ref           INTEGER NOT NULL REFERENCES members,
    news             TEXT NOT NULL DEFAULT 'due'              -- for whom it concerns
                     CONSTRAINT order_news CHECK (news IN ('due', 'told', 'unheard')),
    news_tried_at_ms INTEGER,                                 -- written before they are told
    CONSTRAINT order_once UNIQUE (interaction_id, by_ref)
) STRICT;
CREATE INDEX orders_with_news ON credit_orders (entry_id) WHERE news = 'due';
