-- What is known about jobs whose sending is unclear, and whose clips Segmind may still name.

ALTER TABLE jobs ADD COLUMN sent_body TEXT;                        -- JSON as sent, while nobody knows whether it was taken
ALTER TABLE jobs ADD COLUMN misses INTEGER NOT NULL DEFAULT 0;     -- good answers of the request history without it
ALTER TABLE jobs ADD COLUMN missed_at_ms INTEGER;                  -- the last of them
CREATE INDEX jobs_by_posting ON jobs (slug, posted_at_ms) WHERE posted_at_ms IS NOT NULL;
