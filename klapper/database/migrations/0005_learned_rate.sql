-- How often Segmind may be asked, as its last 429 taught.

CREATE TABLE learned_rate (
    only_row         INTEGER PRIMARY KEY CONSTRAINT learned_rate_once CHECK (only_row = 1),
    per_minute       REAL NOT NULL,           -- requests with the key that may flow, when it was learned
    learned_at_ms    INTEGER NOT NULL,
    closed_until_ms  INTEGER NOT NULL         -- as Segmind asked; 0: it did not say
) STRICT;
