-- Members report clips; cases about them change while they are open, and tell their requester how they ended.

ALTER TABLE cases ADD COLUMN revision INTEGER NOT NULL DEFAULT 0;        -- grows while it is open
ALTER TABLE cases ADD COLUMN shown_revision INTEGER NOT NULL DEFAULT 0;  -- the one that its card shows
ALTER TABLE cases ADD COLUMN news TEXT NOT NULL DEFAULT ''               -- for the requester: '' for none
    CONSTRAINT case_news CHECK (news IN ('', 'due', 'told', 'unheard'));
ALTER TABLE cases ADD COLUMN news_tried_at_ms INTEGER;                   -- written before they are told
CREATE INDEX cases_with_news ON cases (closed_at_ms) WHERE news = 'due';

-- A clip is reported by the message that shows it.
CREATE INDEX post_of_message ON posts (message_id) WHERE message_id IS NOT NULL;

CREATE TABLE reports (
    case_id     INTEGER NOT NULL REFERENCES cases,
    member_ref  INTEGER NOT NULL REFERENCES members,
    at_ms       INTEGER NOT NULL,
    words       TEXT NOT NULL,
    PRIMARY KEY (case_id, member_ref)
) STRICT, WITHOUT ROWID;
CREATE INDEX reports_by_member ON reports (member_ref);
