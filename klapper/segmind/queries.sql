-- What was learned about how often Segmind may be asked.

-- name: learned_rate
-- What the last 429 taught; no row before the first.
SELECT per_minute, learned_at_ms, closed_until_ms FROM learned_rate WHERE only_row = 1;

-- name: learn_rate
-- A 429 has changed the rate.
INSERT INTO learned_rate (only_row, per_minute, learned_at_ms, closed_until_ms)
VALUES (1, :per_minute, :learned_at_ms, :closed_until_ms)
ON CONFLICT (only_row) DO UPDATE SET
    per_minute = excluded.per_minute, learned_at_ms = excluded.learned_at_ms, closed_until_ms = excluded.closed_until_ms;
