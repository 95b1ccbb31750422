-- Segmind's bill: how far it was compared with the jobs, which differences were told, and whether its balance is low.

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
