-- What the operator's reports read beside what the stores read for the bot.

-- name: guild_pauses
-- Guilds that are paused, by their managers or by Klapper.
SELECT guild_id, since_ms, paused_by = 'klapper' AS by_klapper FROM guild_pauses ORDER BY since_ms;

-- name: deliveries_of_jobs
-- How far the clips of these jobs have come. job_ids: a JSON list.
SELECT job_id, state, reason, way FROM deliveries WHERE job_id IN (SELECT value FROM json_each(:job_ids));

-- name: unreached_jobs
-- Jobs whose clip is kept because its requester could not be reached, newest first.
SELECT job_id FROM deliveries WHERE state = 'undeliverable' AND reason = 'unreachable'
ORDER BY since_ms DESC LIMIT :rows;
