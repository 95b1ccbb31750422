-- name: add_job
-- A job as it was accepted; its reservation is written in the same transaction.
INSERT INTO jobs (job_id, interaction_id, draft_id, parent_job_id, spoiler, guild_id, channel_id, member_ref,
                  decision_id, request, slug, body_hash, deliver_to, price_credits, budget_units,
                  provider_cost_micro_usd, price_version, status, created_at_ms, status_at_ms, waiting_since_ms,
                  not_before_ms)
VALUES (:job_id, :interaction_id, :draft_id, :parent_job_id, :spoiler, :guild_id, :channel_id, :member_ref,
        :decision_id, :request, :slug, :body_hash, :deliver_to, :price_credits, :budget_units,
        :provider_cost_micro_usd, :price_version, :status, :created_at_ms, :status_at_ms, :waiting_since_ms,
        :not_before_ms);

-- name: add_event
-- A change of status, kept for ever.
INSERT INTO job_events (job_id, from_status, to_status, reason, actor, at_ms)
VALUES (:job_id, :from_status, :to_status, :reason, :actor, :at_ms);

-- name: move_job
-- The only way a status changes; guarded by the old one.
UPDATE jobs SET
    status = :to_status, reason = :reason, status_at_ms = :at_ms,
    provider_text = COALESCE(:provider_text, provider_text),
    not_before_ms = COALESCE(:not_before_ms, not_before_ms),
    waiting_since_ms = COALESCE(:waiting_since_ms, waiting_since_ms),
    decision_id = COALESCE(:decision_id, decision_id),
    attempts = attempts + :sent,
    sent_body = CASE WHEN :to_status IN ('sending', 'unknown', 'abandoned') THEN COALESCE(:sent_body, sent_body) END,
    misses = CASE WHEN :sent THEN 0 ELSE misses END,
    missed_at_ms = CASE WHEN :sent THEN NULL ELSE missed_at_ms END,
    posted_at_ms = COALESCE(:posted_at_ms, posted_at_ms),
    request_id = COALESCE(:request_id, request_id),
    finished_at_ms = COALESCE(:finished_at_ms, finished_at_ms),
    run_time_s = COALESCE(:run_time_s, run_time_s),
    media_url = COALESCE(:media_url, media_url),
    reported_cost_micro_usd = COALESCE(:reported_cost_micro_usd, reported_cost_micro_usd)
WHERE job_id = :job_id AND status = :from_status;

-- name: job
-- One job.
SELECT jobs.*, members.discord_user_id FROM jobs JOIN members USING (member_ref) WHERE job_id = :job_id;

-- name: job_of_interaction
-- The job that an interaction made: a replayed interaction finds it.
SELECT jobs.*, members.discord_user_id FROM jobs JOIN members USING (member_ref)
WHERE interaction_id = :interaction_id;

-- name: job_of_request
-- The job that Segmind knows by this id, in whichever form.
SELECT jobs.*, members.discord_user_id FROM jobs JOIN members USING (member_ref)
WHERE request_id IS NOT NULL AND REPLACE(LOWER(request_id), '-', '') = REPLACE(LOWER(:request_id), '-', '');

-- name: events
-- What happened to a job, oldest first.
SELECT from_status, to_status, reason, actor, at_ms FROM job_events WHERE job_id = :job_id ORDER BY event_id;

-- name: jobs_of_member
-- A member's jobs, newest first.
SELECT jobs.*, members.discord_user_id FROM jobs JOIN members USING (member_ref)
WHERE member_ref = :member_ref ORDER BY created_at_ms DESC, decision_id DESC LIMIT :rows OFFSET :skip;

-- name: open_jobs
-- Every job that is not finished, oldest first.
SELECT jobs.*, members.discord_user_id FROM jobs JOIN members USING (member_ref)
WHERE status IN ('in_review', 'waiting', 'sending', 'queued', 'processing', 'unknown')
ORDER BY created_at_ms, decision_id;

-- name: sent_jobs
-- Every unfinished job that was sent, oldest first.
SELECT jobs.*, members.discord_user_id FROM jobs JOIN members USING (member_ref)
WHERE status IN ('sending', 'queued', 'processing', 'unknown')
ORDER BY created_at_ms, decision_id;

-- name: recent_jobs
-- The newest jobs of every guild, for the operator.
SELECT jobs.*, members.discord_user_id FROM jobs JOIN members USING (member_ref)
ORDER BY created_at_ms DESC LIMIT :rows;

-- name: measured_jobs
-- The newest jobs that were made and of which it is known how long they ran.
SELECT jobs.*, members.discord_user_id FROM jobs JOIN members USING (member_ref)
WHERE status = 'succeeded' AND run_time_s IS NOT NULL ORDER BY created_at_ms DESC LIMIT :rows;

-- name: abandoned_jobs
-- Jobs whose hold ended without an answer and that may still turn up.
SELECT jobs.*, members.discord_user_id FROM jobs JOIN members USING (member_ref)
WHERE status = 'abandoned' AND request_id IS NOT NULL AND posted_at_ms > :since_ms;

-- name: unclear_jobs
-- Jobs that Segmind may have although it gave us no id for them, oldest POST first.
SELECT jobs.*, members.discord_user_id FROM jobs JOIN members USING (member_ref)
WHERE +request_id IS NULL AND sent_body IS NOT NULL  -- +: not by the index of request ids, where waiting jobs have none
    AND status IN ('unknown', 'abandoned') AND (status = 'unknown' OR posted_at_ms > :since_ms)
ORDER BY posted_at_ms, decision_id;

-- name: known_requests
-- Segmind's ids of our jobs of one model, to tell its rows that are ours from the rest.
SELECT request_id, posted_at_ms, status FROM jobs
WHERE slug = :slug AND posted_at_ms BETWEEN :from_ms AND :to_ms AND request_id IS NOT NULL;

-- name: miss_job
-- A complete answer of the request history was without this job.
UPDATE jobs SET misses = misses + 1, missed_at_ms = :now_ms
WHERE job_id = :job_id AND request_id IS NULL AND status IN ('unknown', 'abandoned');

-- name: claim_request
-- A row that turned up late belongs to this job. An equal job that is being sent might be the one that is meant.
UPDATE jobs SET request_id = :request_id
WHERE job_id = :job_id AND status = 'abandoned' AND request_id IS NULL
    AND NOT EXISTS (SELECT 1 FROM jobs AS other WHERE other.request_id IS NOT NULL
        AND REPLACE(LOWER(other.request_id), '-', '') = REPLACE(LOWER(:request_id), '-', ''))
    AND NOT EXISTS (SELECT 1 FROM jobs AS other WHERE other.status IN ('sending', 'unknown')
        AND other.slug = :slug AND other.body_hash = :body_hash);

-- name: waiting_of_member
-- How many jobs a member has waiting, review included.
SELECT COUNT(*) AS jobs FROM jobs INDEXED BY jobs_waiting_of_member
WHERE member_ref = :member_ref AND status IN ('in_review', 'waiting');

-- name: occupying
-- How many jobs occupy a running slot.
SELECT COUNT(*) AS jobs FROM jobs
WHERE status IN ('sending', 'queued', 'processing', 'unknown') AND posted_at_ms > :stalled_before_ms;

-- name: next_to_send
-- The waiting job whose turn it is: the guild served least recently, in it the member served least recently, then the
-- oldest (of one millisecond: the one decided first). Left out: paused models and guilds, blocked members, full members
-- and guilds, jobs equal to one whose sending is unclear, the ids in the JSON list `besides`, and, for `only_ready`, jobs
-- with an image that Segmind does not have, or not for sure any more. `limits_of_guilds`: JSON, [guild, per member, per guild].
WITH running AS (
    SELECT guild_id, member_ref, slug, body_hash, status, posted_at_ms FROM jobs
    WHERE status IN ('sending', 'queued', 'processing', 'unknown')
), own_limits AS (
    SELECT json_extract(value, '$[0]') AS guild_id, json_extract(value, '$[1]') AS per_member,
        json_extract(value, '$[2]') AS per_guild
    FROM json_each(:limits_of_guilds)
)
SELECT jobs.*, members.discord_user_id, NOT EXISTS (
    SELECT 1 FROM job_images JOIN images USING (sha256) WHERE job_images.job_id = jobs.job_id
        AND (images.url IS NULL OR images.uploaded_at_ms <= :trusted_since_ms)
) AS is_ready
FROM jobs JOIN members USING (member_ref)
    LEFT JOIN served_guilds ON served_guilds.guild_id = jobs.guild_id
    LEFT JOIN served_members ON served_members.member_ref = jobs.member_ref
    LEFT JOIN own_limits ON own_limits.guild_id = jobs.guild_id
WHERE jobs.status = 'waiting'
    AND (is_ready OR NOT :only_ready)
    AND jobs.job_id NOT IN (SELECT value FROM json_each(:besides))
    AND (jobs.not_before_ms <= :now_ms OR jobs.not_before_ms > :now_ms + :longest_rest_ms)  -- later: the clock was set back
    AND jobs.slug NOT IN (SELECT scope FROM provider_pauses)
    AND jobs.guild_id NOT IN (SELECT guild_id FROM guild_pauses)
    AND jobs.member_ref NOT IN (SELECT member_ref FROM blocked_members)
    AND (COALESCE(per_member, :running_per_member) = 0 OR COALESCE(per_member, :running_per_member) > (
        SELECT COUNT(*) FROM running WHERE running.member_ref = jobs.member_ref AND posted_at_ms > :stalled_before_ms))
    AND (COALESCE(per_guild, :running_per_guild) = 0 OR COALESCE(per_guild, :running_per_guild) > (
        SELECT COUNT(*) FROM running WHERE running.guild_id = jobs.guild_id AND posted_at_ms > :stalled_before_ms))
    AND NOT EXISTS (SELECT 1 FROM running WHERE running.status IN ('sending', 'unknown')
        AND running.slug = jobs.slug AND running.body_hash = jobs.body_hash)
ORDER BY COALESCE(served_guilds.served_at_ms, 0), jobs.guild_id, COALESCE(served_members.served_at_ms, 0),
    jobs.created_at_ms, jobs.decision_id
LIMIT 1;

-- name: rest_job
-- A waiting job is left alone for a while; its status does not change.
UPDATE jobs SET reason = :reason, not_before_ms = :not_before_ms WHERE job_id = :job_id AND status = 'waiting';

-- name: held_back
-- Waiting jobs that are not sent before the outcome of an equal one is known.
SELECT jobs.job_id FROM jobs AS unclear CROSS JOIN jobs USING (slug, body_hash)  -- CROSS: hardly any is unclear
WHERE jobs.status = 'waiting' AND unclear.status IN ('sending', 'unknown');

-- name: full_members
-- Members who have as many jobs at Segmind as may be there of theirs. `limits_of_guilds` as in next_to_send.
WITH own_limits AS (
    SELECT json_extract(value, '$[0]') AS guild_id, json_extract(value, '$[1]') AS per_member
    FROM json_each(:limits_of_guilds)
)
SELECT member_ref FROM jobs LEFT JOIN own_limits USING (guild_id)
WHERE status IN ('sending', 'queued', 'processing', 'unknown') AND posted_at_ms > :stalled_before_ms
GROUP BY member_ref HAVING COUNT(*) >= NULLIF(COALESCE(MAX(per_member), :running_per_member), 0);

-- name: next_wake
-- When the next waiting job may start.
SELECT MIN(not_before_ms) AS at_ms FROM jobs INDEXED BY jobs_not_before
WHERE status = 'waiting' AND not_before_ms > :now_ms;

-- name: serve_guild
-- The guild had its turn; after every earlier turn, whatever the clock says.
INSERT INTO served_guilds (guild_id, served_at_ms)
VALUES (:guild_id, MAX(:now_ms, (SELECT COALESCE(MAX(served_at_ms), 0) + 1 FROM served_guilds)))
ON CONFLICT (guild_id) DO UPDATE SET served_at_ms = excluded.served_at_ms;

-- name: serve_member
-- The member had a turn; after every earlier turn, whatever the clock says.
INSERT INTO served_members (member_ref, served_at_ms)
VALUES (:member_ref, MAX(:now_ms, (SELECT COALESCE(MAX(served_at_ms), 0) + 1 FROM served_members)))
ON CONFLICT (member_ref) DO UPDATE SET served_at_ms = excluded.served_at_ms;

-- name: waiting_line
-- Roughly how many jobs go before each waiting one: everybody's first, then everybody's second, ...
SELECT job_id, member_ref, not_before_ms, RANK() OVER (ORDER BY guild_turn, created_at_ms, decision_id) AS place FROM (
    SELECT job_id, member_ref, not_before_ms, created_at_ms, decision_id,
        ROW_NUMBER() OVER (PARTITION BY guild_id ORDER BY member_turn, created_at_ms, decision_id) AS guild_turn
    FROM (
        SELECT job_id, member_ref, not_before_ms, guild_id, created_at_ms, decision_id,
            ROW_NUMBER() OVER (PARTITION BY member_ref ORDER BY created_at_ms, decision_id) AS member_turn
        FROM jobs WHERE status = 'waiting'
    )
);

-- name: overdue
-- Jobs that waited too long before they were sent; a paused guild's clock stands still.
SELECT jobs.*, members.discord_user_id FROM jobs INDEXED BY jobs_waiting_since JOIN members USING (member_ref)
WHERE status IN ('in_review', 'waiting') AND waiting_since_ms <= MAX(:waiting_before_ms, :review_before_ms)
    AND jobs.guild_id NOT IN (SELECT guild_id FROM guild_pauses)
    AND ((status = 'waiting' AND waiting_since_ms <= :waiting_before_ms)
        OR (status = 'in_review' AND waiting_since_ms <= :review_before_ms));

-- name: counts
-- How many jobs are in each state that is not final.
SELECT status, COUNT(*) AS jobs FROM jobs
WHERE status IN ('in_review', 'waiting', 'sending', 'queued', 'processing', 'unknown') GROUP BY status;

-- name: pause_provider
-- Nothing (or nothing of this model) is sent until the reason is gone. The first reason stays.
INSERT INTO provider_pauses (scope, reason, since_ms) VALUES (:scope, :reason, :now_ms)
ON CONFLICT (scope) DO NOTHING;

-- name: resume_provider
-- The reason is gone; `reason` guards against lifting another one.
DELETE FROM provider_pauses WHERE scope = :scope AND (:reason IS NULL OR reason = :reason);

-- name: provider_pauses
-- What is paused and why.
SELECT scope, reason, since_ms FROM provider_pauses ORDER BY scope;

-- name: pause_guild
-- New requests of this guild are refused and its waiting jobs are not sent.
INSERT INTO guild_pauses (guild_id, paused_by, since_ms) VALUES (:guild_id, :paused_by, :now_ms)
ON CONFLICT (guild_id) DO NOTHING;

-- name: guild_pause
-- Since when and by whom a guild is paused.
SELECT guild_id, paused_by, since_ms FROM guild_pauses WHERE guild_id = :guild_id;

-- name: guild_pauses_by
-- Which guilds somebody paused.
SELECT guild_id, paused_by, since_ms FROM guild_pauses WHERE paused_by = :paused_by ORDER BY since_ms, guild_id;

-- name: resume_guild
-- The guild goes on.
DELETE FROM guild_pauses WHERE guild_id = :guild_id;

-- name: move_waiting_clock
-- The time of the pause does not count as waiting.
UPDATE jobs SET waiting_since_ms = waiting_since_ms + MAX(0, :now_ms - MAX(:since_ms, waiting_since_ms))
WHERE guild_id = :guild_id AND status IN ('in_review', 'waiting');

-- name: card
-- The message that carries a job.
SELECT job_id, channel_id, message_id, shown, posted_at_ms, lost FROM cards WHERE job_id = :job_id;

-- name: reachable_cards
-- Where the cards of some jobs are that can still be seen: `here` in their guild, else in the requester's messages.
SELECT job_id, cards.channel_id, message_id, guild_id, deliver_to
FROM json_each(:job_ids) AS wanted CROSS JOIN cards ON cards.job_id = wanted.value CROSS JOIN jobs USING (job_id)
WHERE message_id IS NOT NULL AND lost IN ('', 'too_old', 'forbidden')
  AND NOT EXISTS (SELECT 1 FROM deliveries WHERE deliveries.job_id = cards.job_id AND state = 'removed');

-- name: add_card
-- Every job gets a card; where its message is comes later.
INSERT INTO cards (job_id, channel_id) VALUES (:job_id, :channel_id);

-- name: place_card
-- The card's message is known; the first answer stays.
UPDATE cards SET channel_id = :channel_id, message_id = :message_id, posted_at_ms = :now_ms, shown = :shown,
    shown_state = :shown_state
WHERE job_id = :job_id AND message_id IS NULL;

-- name: show_card
-- What the message shows now.
UPDATE cards SET shown = :shown, shown_state = :shown_state WHERE job_id = :job_id;

-- name: outdate_card
-- The message does not show any more what is so, although it carries its clip.
UPDATE cards SET shown_state = 'outdated' WHERE job_id = :job_id AND message_id IS NOT NULL;

-- name: lose_card
-- The message can no longer be edited; of no interest for a job that somebody deleted.
UPDATE cards SET lost = :lost WHERE job_id = :job_id AND lost = ''
    AND NOT EXISTS (SELECT 1 FROM deliveries WHERE deliveries.job_id = cards.job_id AND state = 'removed');

-- name: close_card
-- A deleted job's card is gone, or cannot be taken away.
UPDATE cards SET lost = :lost WHERE job_id = :job_id AND lost = '';

-- name: card_jobs
-- Jobs whose card may have to change after a start: unfinished, without a message, with a delivery under way, deleted
-- and not all gone, or with a card that shows an earlier state. One that carries its clip is edited again only when its
-- charge went back. Not those of members who deleted everything: they are many, and come one after the other.
SELECT jobs.job_id FROM jobs LEFT JOIN cards USING (job_id) LEFT JOIN deliveries USING (job_id)
WHERE COALESCE(deliveries.reason, '') <> 'forgotten' AND (
    jobs.status IN ('in_review', 'waiting', 'sending', 'queued', 'processing', 'unknown')
    OR deliveries.state = 'pending' OR deliveries.told_at_ms IS NULL
    OR (cards.message_id IS NULL AND cards.lost = '')
    OR (deliveries.state = 'removed'
        AND (cards.lost = '' OR EXISTS (SELECT 1 FROM posts WHERE posts.job_id = jobs.job_id)))
    OR (cards.lost = '' AND cards.shown_state = 'outdated')
    OR (cards.lost = '' AND NOT (deliveries.state = 'delivered' AND deliveries.way IN ('attached', 'linked'))
        AND cards.shown_state <> jobs.status || ' ' || COALESCE(deliveries.state || ' ' || deliveries.way, '')))
ORDER BY jobs.created_at_ms;

-- name: post
-- An attempt to post a message for a job.
SELECT tried_at_ms, message_id FROM posts WHERE job_id = :job_id AND step = :step;

-- name: try_post
-- Written before the post leaves; the time of the first attempt stays, unless it was about something else.
INSERT INTO posts (job_id, step, tried_at_ms) VALUES (:job_id, :step, :now_ms)
ON CONFLICT (job_id, step) DO UPDATE SET tried_at_ms = :now_ms, message_id = NULL WHERE tried_at_ms < :since_ms;

-- name: posted
-- The message that the post became.
UPDATE posts SET message_id = :message_id WHERE job_id = :job_id AND step = :step;

-- name: posts_of_job
-- Every attempt to post a message for a job.
SELECT step, tried_at_ms, message_id FROM posts WHERE job_id = :job_id;

-- name: direct_channel
-- Where the direct messages of somebody were who deleted their data.
SELECT dm_channel_id FROM forgettings WHERE member_ref = :member_ref;

-- name: forget_post
-- The message is gone for good.
DELETE FROM posts WHERE job_id = :job_id AND step = :step;

-- name: job_of_message
-- What a message of ours was posted for.
SELECT job_id FROM cards WHERE message_id = :message_id
UNION SELECT job_id FROM posts WHERE message_id = :message_id LIMIT 1;

-- name: is_removed
-- Whether somebody deleted the job's messages.
SELECT 1 FROM deliveries WHERE job_id = :job_id AND state = 'removed';

-- name: reopen_card
-- A card that cannot be edited may still be taken away.
UPDATE cards SET lost = '' WHERE job_id = :job_id AND lost IN ('too_old', 'forbidden');

-- name: add_delivery
-- Written in the transaction that ends a job.
INSERT INTO deliveries (job_id, state, way, not_before_ms, since_ms) VALUES (:job_id, :state, :way, :now_ms, :now_ms);

-- name: restart_delivery
-- A late clip of an abandoned job: there is something to deliver after all.
UPDATE deliveries SET state = 'pending', reason = '', attempts = 0, not_before_ms = :now_ms, since_ms = :now_ms,
    told_at_ms = NULL
WHERE job_id = :job_id AND state = 'none';

-- name: delivery
-- Where a finished job's clip is.
SELECT * FROM deliveries WHERE job_id = :job_id;

-- name: due_deliveries
-- Deliveries whose next step may be taken.
SELECT * FROM deliveries WHERE (state = 'pending' OR told_at_ms IS NULL)
    AND (not_before_ms <= :now_ms OR not_before_ms > :now_ms + :longest_rest_ms)  -- later: the clock was set back
ORDER BY since_ms LIMIT :rows;

-- name: next_delivery
-- When the next step of any delivery that is not due yet may be taken.
SELECT MIN(not_before_ms) AS at_ms FROM deliveries
WHERE (state = 'pending' OR told_at_ms IS NULL) AND not_before_ms > :now_ms;

-- name: deliveries_on_disk
-- Jobs whose clip is still needed on disk: not delivered yet, or kept for a requester who could not be reached, or for
-- moderators because its requester is blocked.
SELECT job_id FROM deliveries
WHERE state = 'pending'
    OR (state = 'undeliverable' AND reason IN ('unreachable', 'held_for_moderators') AND since_ms > :kept_since_ms);

-- name: removed_deliveries
-- Which of these jobs somebody deleted.
SELECT job_id FROM deliveries WHERE state = 'removed' AND job_id IN (SELECT value FROM json_each(:job_ids));

-- name: move_delivery
-- The delivery ends one way or another; guarded by the old state.
UPDATE deliveries SET state = :to_state, reason = :reason, way = :way, since_ms = :now_ms, not_before_ms = :now_ms
WHERE job_id = :job_id AND state = :from_state;

-- name: remove_delivery
-- Somebody deleted it; what was not told by then is not told any more.
UPDATE deliveries SET state = 'removed', reason = :by, media_path = NULL, since_ms = :now_ms,
    told_at_ms = COALESCE(told_at_ms, :now_ms)
WHERE job_id = :job_id AND state <> 'removed';

-- name: keep_media
-- The clip is on disk.
UPDATE deliveries SET media_path = :media_path WHERE job_id = :job_id AND state <> 'removed';

-- name: carry_copy
-- What is brought instead of the clip as it came; a copy that is begun counts.
UPDATE deliveries SET copy = :copy, copy_tries = copy_tries + :begun WHERE job_id = :job_id AND state = 'pending';

-- name: readdress
-- Segmind's history knows another address of the clip.
UPDATE jobs SET media_url = :media_url WHERE job_id = :job_id AND status = 'succeeded';

-- name: retry_delivery
-- The step did not work; when to try again. Who deleted a job, and why a clip was given up, stays on record.
UPDATE deliveries SET attempts = attempts + 1,
    reason = CASE WHEN state IN ('pending', 'none') THEN :reason ELSE reason END, not_before_ms = :not_before_ms
WHERE job_id = :job_id AND state <> 'removed';

-- name: told
-- The card shows the end, and the requester had the one ping or needs none.
UPDATE deliveries SET told_at_ms = :now_ms, attempts = 0 WHERE job_id = :job_id;

-- name: upload_limit
-- What a guild's channels take, as a 413 taught.
SELECT upload_limit_bytes FROM guild_limits WHERE guild_id = :guild_id;

-- name: learn_upload_limit
-- A file of this size was too large.
INSERT INTO guild_limits (guild_id, upload_limit_bytes) VALUES (:guild_id, :upload_limit_bytes)
ON CONFLICT (guild_id) DO UPDATE SET upload_limit_bytes = MIN(upload_limit_bytes, :upload_limit_bytes);

-- name: of_retired_models
-- Jobs that were not sent and whose model Segmind no longer offers.
SELECT jobs.*, members.discord_user_id
FROM provider_pauses CROSS JOIN jobs ON slug = scope JOIN members USING (member_ref)  -- CROSS: hardly any is retired
WHERE provider_pauses.reason = 'retired' AND status IN ('waiting', 'in_review');

-- name: in_flight
-- What is at Segmind, perhaps, costs by its quotes: its balance falls only when a job is finished.
SELECT COALESCE(SUM(provider_cost_micro_usd), 0) AS micro_usd FROM jobs
WHERE status IN ('sending', 'queued', 'processing', 'unknown');

-- name: unsent_of_guild
-- Jobs of a guild that were not sent.
SELECT jobs.*, members.discord_user_id FROM jobs JOIN members USING (member_ref)
WHERE jobs.guild_id = :guild_id AND status IN ('waiting', 'in_review');

-- name: permits_of_waiting
-- What the jobs depend on that wait in a guild because rules allowed them.
SELECT DISTINCT channel_id, level
FROM jobs INDEXED BY jobs_by_status JOIN decisions USING (decision_id)
WHERE jobs.guild_id = :guild_id AND status = 'waiting' AND decided_by = 'klapper';

-- name: waiting_by_permit
-- Jobs of a guild that wait because rules allowed them with that channel and level, oldest first.
SELECT jobs.*, members.discord_user_id
FROM jobs INDEXED BY jobs_by_status JOIN decisions USING (decision_id)
JOIN members ON members.member_ref = jobs.member_ref
WHERE jobs.guild_id = :guild_id AND status = 'waiting' AND decided_by = 'klapper'
    AND channel_id = :channel_id AND level = :level ORDER BY created_at_ms, decision_id;

-- name: unsent_of_member
-- Jobs of a member that were not sent.
SELECT jobs.*, members.discord_user_id FROM jobs INDEXED BY jobs_waiting_of_member JOIN members USING (member_ref)
WHERE member_ref = :member_ref AND status IN ('in_review', 'waiting') ORDER BY created_at_ms, decision_id;

-- name: of_blocked_members
-- Jobs that were not sent and whose requester may make nothing any more.
SELECT jobs.*, members.discord_user_id
FROM blocked_members CROSS JOIN jobs INDEXED BY jobs_waiting_of_member USING (member_ref)  -- CROSS: hardly any is blocked
    JOIN members USING (member_ref)
WHERE status IN ('in_review', 'waiting');

-- name: tally_of_member
-- How many jobs of a member are in each status.
SELECT status, COUNT(*) AS jobs FROM jobs WHERE member_ref = :member_ref GROUP BY status;

-- name: approvals_of_member
-- How many requests of a member moderators have approved.
SELECT COUNT(DISTINCT job_id) AS jobs FROM job_events JOIN jobs USING (job_id)
WHERE member_ref = :member_ref AND from_status = 'in_review' AND to_status = 'waiting';

-- name: stat_outcomes
-- How the jobs of a guild ended in these times.
SELECT status, COUNT(*) AS jobs FROM jobs
WHERE guild_id = :guild_id AND finished_at_ms >= :from_ms AND finished_at_ms < :to_ms GROUP BY status;

-- name: stat_waits
-- How long the jobs that ended in these times had waited for their turn: half of them at most, and nine of ten.
WITH waits AS (
    SELECT (SELECT SUM(CASE to_status WHEN 'waiting' THEN -at_ms ELSE at_ms END) FROM job_events
            WHERE job_events.job_id = jobs.job_id AND (to_status = 'waiting') <> (from_status IS 'waiting')) AS wait_ms
    FROM jobs
    WHERE guild_id = :guild_id AND finished_at_ms >= :from_ms AND finished_at_ms < :to_ms AND posted_at_ms IS NOT NULL
), placed AS (
    SELECT wait_ms, ROW_NUMBER() OVER (ORDER BY wait_ms) AS place, COUNT(*) OVER () AS jobs FROM waits
    WHERE wait_ms IS NOT NULL
)
SELECT jobs, MIN(wait_ms) FILTER (WHERE place * 2 >= jobs) / 1000.0 AS half_s,
       MIN(wait_ms) FILTER (WHERE place * 10 >= jobs * 9) / 1000.0 AS most_s
FROM placed GROUP BY jobs;

-- name: stat_runs
-- How long clips took that were made in these times, by model: half of them at most, and nine of ten.
WITH placed AS (
    SELECT slug, run_time_s, ROW_NUMBER() OVER (PARTITION BY slug ORDER BY run_time_s) AS place,
           COUNT(*) OVER (PARTITION BY slug) AS jobs
    FROM jobs
    WHERE guild_id = :guild_id AND finished_at_ms >= :from_ms AND finished_at_ms < :to_ms
      AND status = 'succeeded' AND run_time_s IS NOT NULL
)
SELECT slug, jobs, MIN(run_time_s) FILTER (WHERE place * 2 >= jobs) AS half_s,
       MIN(run_time_s) FILTER (WHERE place * 10 >= jobs * 9) AS most_s
FROM placed GROUP BY slug;

-- name: add_image
-- An input image that is on disk.
INSERT INTO images (sha256, media_type, width, height, size_bytes, used_at_ms, likeness)
VALUES (:sha256, :media_type, :width, :height, :size_bytes, :now_ms, :likeness)
ON CONFLICT (sha256) DO UPDATE
SET used_at_ms = MAX(used_at_ms, excluded.used_at_ms), likeness = COALESCE(excluded.likeness, likeness);

-- name: image
-- One input image.
SELECT sha256, media_type, width, height, size_bytes, likeness FROM images WHERE sha256 = :sha256;

-- name: touch_image
-- Somebody used it.
UPDATE images SET used_at_ms = MAX(used_at_ms, :now_ms) WHERE sha256 = :sha256;

-- name: use_image
-- A job is made from it.
INSERT INTO job_images (job_id, sha256) VALUES (:job_id, :sha256) ON CONFLICT DO NOTHING;

-- name: image_urls
-- Where Segmind has a job's images; `next_to_send` has decided whether they are all there, and new enough.
SELECT sha256, url FROM job_images JOIN images USING (sha256) WHERE job_id = :job_id AND url IS NOT NULL;

-- name: images_to_upload
-- A job's images that Segmind does not have, or not for sure any more.
SELECT sha256, media_type, width, height, size_bytes, likeness FROM job_images JOIN images USING (sha256)
WHERE job_id = :job_id AND (url IS NULL OR uploaded_at_ms <= :trusted_since_ms) ORDER BY sha256;

-- name: image_uploaded
-- Where Segmind has it.
UPDATE images SET url = :url, uploaded_at_ms = :now_ms WHERE sha256 = :sha256;

-- name: forget_image_urls
-- Segmind may not have it any more: a job that still has to be sent brings it again.
UPDATE images SET url = NULL, uploaded_at_ms = NULL
WHERE sha256 IN (SELECT sha256 FROM images WHERE uploaded_at_ms <= :trusted_since_ms LIMIT :images);

-- name: images
-- Every input image.
SELECT sha256 FROM images;

-- name: unused_images
-- Images that may go: not used for long, or not so long and no job was ever made from them; and no unfinished job needs
-- them.
SELECT sha256 FROM images WHERE (
    used_at_ms < :of_jobs_before_ms
    OR used_at_ms < :of_no_job_before_ms AND NOT EXISTS (
        SELECT 1 FROM job_images WHERE job_images.sha256 = images.sha256)
) AND NOT EXISTS (
    SELECT 1 FROM job_images JOIN jobs USING (job_id) WHERE job_images.sha256 = images.sha256
        AND jobs.status IN ('in_review', 'waiting', 'sending', 'queued', 'processing', 'unknown'));

-- name: drop_image
-- Its file goes too; the condition is that of `unused_images`.
DELETE FROM images WHERE sha256 = :sha256 AND (
    used_at_ms < :of_jobs_before_ms
    OR used_at_ms < :of_no_job_before_ms AND NOT EXISTS (
        SELECT 1 FROM job_images WHERE job_images.sha256 = images.sha256)
) AND NOT EXISTS (
    SELECT 1 FROM job_images JOIN jobs USING (job_id) WHERE job_images.sha256 = images.sha256
        AND jobs.status IN ('in_review', 'waiting', 'sending', 'queued', 'processing', 'unknown'));

-- name: recent_equal_job
-- The member's newest job with the same body that was not taken back or without result.
SELECT jobs.*, members.discord_user_id FROM jobs JOIN members USING (member_ref)
WHERE member_ref = :member_ref AND body_hash = :body_hash AND jobs.created_at_ms > :since_ms
    AND status IN ('in_review', 'waiting', 'sending', 'queued', 'processing', 'unknown', 'succeeded')
ORDER BY jobs.created_at_ms DESC LIMIT 1;

-- name: job_of_draft
-- The job that a draft became.
SELECT jobs.*, members.discord_user_id FROM jobs JOIN members USING (member_ref) WHERE draft_id = :draft_id;

-- name: billed_jobs
-- Jobs that were sent in these times, with what the books say of them, oldest POST first.
WITH RECURSIVE slugs (slug) AS (  -- each once, by the index
    SELECT MIN(slug) FROM jobs WHERE posted_at_ms IS NOT NULL
    UNION ALL
    SELECT (SELECT MIN(slug) FROM jobs WHERE jobs.slug > slugs.slug AND posted_at_ms IS NOT NULL) FROM slugs
    WHERE slug IS NOT NULL
)
SELECT jobs.job_id, jobs.slug, request_id, jobs.status, reason, posted_at_ms, finished_at_ms, request, price_credits,
    budget_units, provider_cost_micro_usd, reported_cost_micro_usd, COALESCE(reservations.status, '') AS hold,
    EXISTS (SELECT 1 FROM transfers WHERE transfers.job_id = jobs.job_id AND kind = 'refund') AS is_refunded,
    EXISTS (SELECT 1 FROM transfers WHERE transfers.job_id = jobs.job_id AND kind = 'write_off') AS is_written_off
FROM slugs CROSS JOIN jobs INDEXED BY jobs_by_posting USING (slug) LEFT JOIN reservations USING (job_id)
WHERE posted_at_ms BETWEEN :from_ms AND :to_ms
ORDER BY posted_at_ms, jobs.decision_id;

-- name: requests_of_jobs
-- Which of these bare ids of Segmind's are jobs of ours, whenever they were sent.
SELECT REPLACE(LOWER(request_id), '-', '') AS bare FROM jobs
WHERE request_id IS NOT NULL AND REPLACE(LOWER(request_id), '-', '') IN (SELECT value FROM json_each(:ids));

-- name: note_cost
-- Segmind's history knows what a job cost, and we did not.
UPDATE jobs SET reported_cost_micro_usd = :micro_usd WHERE job_id = :job_id AND reported_cost_micro_usd IS NULL;

-- name: bill_watch
-- How far Segmind's bill was compared, and whether its balance was low.
SELECT compared_at_ms, is_low FROM bill_watch WHERE only_row = 1;

-- name: bill_compared
-- It was compared up to now.
UPDATE bill_watch SET compared_at_ms = :now_ms WHERE only_row = 1;

-- name: balance_low
-- Whether the operator was told that the balance is low; changes no row when that is known.
UPDATE bill_watch SET is_low = :is_low WHERE only_row = 1 AND is_low <> :is_low;

-- name: see_difference
-- A difference that was seen before is seen again; changes no row for a new one.
UPDATE bill_differences SET seen_at_ms = :now_ms WHERE difference = :difference;

-- name: add_difference
-- A new difference between the bill and the books.
INSERT INTO bill_differences (difference, kind, found_at_ms, seen_at_ms)
VALUES (:difference, :kind, :now_ms, :now_ms);

-- name: forget_differences
-- What was not seen any more for long cannot come again.
DELETE FROM bill_differences WHERE seen_at_ms < :seen_before_ms;

-- name: count_differences
-- How many differences were found since then, by kind.
SELECT kind, COUNT(*) AS differences FROM bill_differences WHERE found_at_ms > :since_ms GROUP BY kind;
