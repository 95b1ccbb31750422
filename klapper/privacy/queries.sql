-- Everything that is about one member, whatever table it is in: what they get of it, and what goes when they say so.

-- name: own_transfers
-- What moved on a member's two accounts after a line of the books, in its order.
SELECT * FROM (
    SELECT * FROM (SELECT * FROM transfers WHERE debit_account = :allowance AND seq > :after ORDER BY seq LIMIT :rows)
    UNION SELECT * FROM (SELECT * FROM transfers WHERE debit_account = :bonus AND seq > :after ORDER BY seq LIMIT :rows)
    UNION SELECT * FROM (SELECT * FROM transfers WHERE credit_account = :allowance AND seq > :after ORDER BY seq LIMIT :rows)
    UNION SELECT * FROM (SELECT * FROM transfers WHERE credit_account = :bonus AND seq > :after ORDER BY seq LIMIT :rows)
) ORDER BY seq LIMIT :rows;

-- name: own_jobs
-- A member's jobs after one of them, oldest first, each with its delivery.
SELECT jobs.*, state AS delivery, deliveries.reason AS delivery_reason, way, since_ms, told_at_ms
FROM jobs LEFT JOIN deliveries USING (job_id)
WHERE member_ref = :member_ref AND (created_at_ms, job_id) > (:after_ms, :after_id)
ORDER BY created_at_ms, job_id LIMIT :rows;

-- name: events_of_jobs
-- What happened to these jobs. job_ids: a JSON list, here and below.
SELECT * FROM job_events WHERE job_id IN (SELECT value FROM json_each(:job_ids)) ORDER BY event_id;

-- name: cases_of_jobs
-- What moderators had to settle about these jobs.
SELECT * FROM cases WHERE job_id IN (SELECT value FROM json_each(:job_ids)) ORDER BY case_id;

-- name: images_of_jobs
-- What these jobs were made from, and what is still kept of it.
SELECT job_id, sha256, media_type, width, height, size_bytes, used_at_ms
FROM job_images LEFT JOIN images USING (sha256)
WHERE job_id IN (SELECT value FROM json_each(:job_ids)) ORDER BY job_id, sha256;

-- name: kept_images
-- Those of these images that are kept. hashes: a JSON list.
SELECT sha256, media_type, width, height, size_bytes, used_at_ms FROM images
WHERE sha256 IN (SELECT value FROM json_each(:hashes)) ORDER BY sha256;

-- name: own_drafts
-- What somebody has begun in a guild, oldest first.
SELECT * FROM drafts WHERE guild_id = :guild_id AND user_id = :user_id ORDER BY created_at_ms, draft_id;

-- name: own_refused_requests
-- What was refused to somebody in a guild and can still be appealed.
SELECT * FROM refused_requests WHERE guild_id = :guild_id AND user_id = :user_id ORDER BY decision_id;

-- name: own_decisions
-- What was decided about a member's requests after one of the decisions, oldest first.
SELECT decision_id, verdict, rule, at_ms, decided_by FROM decisions
WHERE member_ref = :member_ref AND (at_ms, decision_id) > (:after_ms, :after_id)
ORDER BY at_ms, decision_id LIMIT :rows;

-- name: own_strikes
-- A member's strikes, and whether they weigh since the last pardon.
SELECT kind, job_id, at_ms, at_ms > COALESCE((SELECT at_ms FROM pardons WHERE member_ref = :member_ref), 0) AS weighs
FROM strikes WHERE member_ref = :member_ref ORDER BY at_ms LIMIT :rows;

-- name: own_allowance
-- What managers gave one member instead of what their roles get.
SELECT allowance FROM member_quotas WHERE member_ref = :member_ref;

-- name: own_reports
-- Clips that a member reported after one of the cases, in their order.
SELECT case_id, reports.at_ms AS at_ms, reports.words AS words, outcome, closed_at_ms FROM reports JOIN cases USING (case_id)
WHERE member_ref = :member_ref AND case_id > :after ORDER BY case_id LIMIT :rows;

-- name: entries_about
-- Entries of the audit about a member after one of them, oldest first.
SELECT * FROM audit WHERE member_ref = :member_ref AND (at_ms, entry_id) > (:after_ms, :after_id)
ORDER BY at_ms, entry_id LIMIT :rows;

-- name: entries_by
-- Entries of what a member did, but to others, after one of them, oldest first.
SELECT * FROM audit WHERE guild_id = :guild_id AND actor = :actor AND (at_ms, entry_id) > (:after_ms, :after_id)
    AND member_ref IS NOT :member_ref
ORDER BY at_ms, entry_id LIMIT :rows;

-- name: unfinished_of_member
-- What keeps a member from having everything deleted: open jobs, and clips that are still on their way.
SELECT job_id, created_at_ms FROM jobs INDEXED BY jobs_by_status
WHERE status IN ('in_review', 'waiting', 'sending', 'queued', 'processing', 'unknown') AND member_ref = :member_ref
UNION
SELECT job_id, created_at_ms FROM deliveries INDEXED BY deliveries_open CROSS JOIN jobs USING (job_id)
WHERE (state = 'pending' OR told_at_ms IS NULL) AND state = 'pending' AND member_ref = :member_ref
ORDER BY created_at_ms, job_id;

-- name: count_own
-- How much there is of a member's, for the question before it is deleted.
SELECT (SELECT COUNT(*) FROM jobs WHERE member_ref = :member_ref) AS jobs,
    (SELECT COUNT(*) FROM cases JOIN jobs USING (job_id)
        WHERE kind = 'report' AND closed_at_ms IS NULL AND member_ref = :member_ref) AS reported,
    COALESCE((SELECT period_end_ms FROM accounts WHERE account_id = :allowance), 0) AS period_ends_ms;

-- name: jobs_to_forget
-- A member's jobs that were not forgotten before, after one of them.
SELECT job_id, created_at_ms, request FROM jobs LEFT JOIN deliveries USING (job_id)
WHERE member_ref = :member_ref AND (created_at_ms, job_id) > (:after_ms, :after_id)
    AND COALESCE(deliveries.reason, '') <> 'forgotten'
ORDER BY created_at_ms, job_id LIMIT :rows;

-- name: forget_job
-- Of what was asked for only settings stay, and nothing leads to the clip.
UPDATE jobs SET request = :request, provider_text = '', sent_body = NULL, media_url = NULL, body_hash = '', has_words = 0
WHERE job_id = :job_id;

-- name: forget_words_of_job
-- Of what was asked for only settings stay; the clip stays where it is.
UPDATE jobs SET request = :request, provider_text = '', sent_body = NULL, body_hash = '', has_words = 0
WHERE job_id = :job_id;

-- name: old_words
-- Ended jobs that still have words and may lose them; not what may still turn up at Segmind and is known by what was sent.
SELECT job_id, request FROM jobs
WHERE finished_at_ms IS NOT NULL AND has_words = 1 AND finished_at_ms < :before_ms
    AND (sent_body IS NULL OR posted_at_ms < :watched_since_ms)
ORDER BY finished_at_ms LIMIT :rows;

-- name: take_away
-- The messages of these jobs have to go, for good; which were deleted before by somebody stays so since then.
UPDATE deliveries SET state = 'removed', reason = 'forgotten', media_path = NULL,
    since_ms = CASE state WHEN 'removed' THEN since_ms ELSE :now_ms END, told_at_ms = COALESCE(told_at_ms, :now_ms)
WHERE job_id IN (SELECT value FROM json_each(:job_ids));

-- name: take_cards_away
-- A card that cannot be edited may still be taken away.
UPDATE cards SET lost = '' WHERE lost IN ('too_old', 'forbidden') AND job_id IN (SELECT value FROM json_each(:job_ids));

-- name: forget_cases
-- What was written about these jobs goes; the outcome stays, and the card is to show it anew.
UPDATE cases SET words = '', note = '', revision = revision + 1, news = CASE news WHEN 'due' THEN 'unheard' ELSE news END
WHERE job_id IN (SELECT value FROM json_each(:job_ids));

-- name: forget_images_of_jobs
-- Nobody can say any more what these jobs were made from.
DELETE FROM job_images WHERE job_id IN (SELECT value FROM json_each(:job_ids));

-- name: give_images_up
-- Images that are deleted with the next look, unless somebody else is about to make something from them.
UPDATE images SET used_at_ms = 0
WHERE sha256 IN (SELECT value FROM json_each(:hashes))
    AND NOT EXISTS (SELECT 1 FROM job_images JOIN jobs USING (job_id) WHERE job_images.sha256 = images.sha256
        AND jobs.status IN ('in_review', 'waiting', 'sending', 'queued', 'processing', 'unknown'))
    AND NOT EXISTS (SELECT 1 FROM drafts WHERE state = 'open' AND INSTR(drafts.request, images.sha256))
    AND NOT EXISTS (SELECT 1 FROM refused_requests WHERE INSTR(refused_requests.request, images.sha256));

-- name: drop_drafts
-- What somebody has begun in a guild.
DELETE FROM drafts WHERE guild_id = :guild_id AND user_id = :user_id;

-- name: drop_refused_requests
-- What was refused to somebody in a guild.
DELETE FROM refused_requests WHERE guild_id = :guild_id AND user_id = :user_id;

-- name: drop_choices
-- What a member chose.
DELETE FROM member_choices WHERE member_ref = :member_ref;

-- name: forget_reports
-- What a member wrote about clips.
UPDATE reports SET words = '' WHERE member_ref = :member_ref AND words <> '';

-- name: forget_entries_by
-- What a member wrote that is in the audit.
UPDATE audit SET words = '' WHERE guild_id = :guild_id AND actor = :actor AND words <> '';

-- name: forget_entries_about_jobs_and_credits
-- What anybody wrote about a member's requests, clips and credits; why they are blocked or paused stays for now.
UPDATE audit SET words = '' WHERE member_ref = :member_ref AND words <> ''
  AND (job_id IS NOT NULL OR action IN ('credits_granted', 'credits_revoked', 'credits_refunded'));

-- name: begin_forgetting
-- There is something to take away; once more, if they had returned.
INSERT INTO forgettings (member_ref, at_ms, dm_channel_id) VALUES (:member_ref, :now_ms, :dm_channel_id)
ON CONFLICT (member_ref) DO UPDATE
SET at_ms = excluded.at_ms, dm_channel_id = COALESCE(excluded.dm_channel_id, dm_channel_id);

-- name: forgettings
-- For whom there is still something to take away.
SELECT member_ref, at_ms FROM forgettings ORDER BY at_ms, member_ref;

-- name: end_forgetting
-- Everything is gone that can go; not if they deleted more meanwhile.
DELETE FROM forgettings WHERE member_ref = :member_ref AND at_ms = :at_ms;

-- name: messages_left
-- Forgotten jobs of a member whose messages are not all gone.
SELECT jobs.job_id FROM jobs JOIN deliveries USING (job_id) LEFT JOIN cards USING (job_id)
WHERE member_ref = :member_ref AND deliveries.reason = 'forgotten'
    AND (cards.lost = '' OR EXISTS (SELECT 1 FROM posts WHERE posts.job_id = jobs.job_id))
ORDER BY created_at_ms LIMIT :rows;

-- name: case_cards_left
-- Settled cases about a member's forgotten jobs whose card still shows what was written.
SELECT case_id FROM jobs JOIN deliveries USING (job_id) JOIN cases USING (job_id)
WHERE member_ref = :member_ref AND deliveries.reason = 'forgotten'
    AND closed_at_ms IS NOT NULL AND message_id IS NOT NULL AND cases.lost = '' AND shown_revision < revision
ORDER BY case_id LIMIT :rows;

-- name: show_cases_anew
-- The cards of these settled cases are to be edited once more. case_ids: a JSON list.
UPDATE cases SET is_final = 0 WHERE case_id IN (SELECT value FROM json_each(:case_ids)) AND is_final = 1;

-- name: addresses_left
-- Forgotten jobs of a member of which it still stands where their cards were, which may be in direct messages.
SELECT jobs.job_id FROM jobs JOIN deliveries USING (job_id) JOIN cards USING (job_id)
WHERE member_ref = :member_ref AND deliveries.reason = 'forgotten'
    AND (message_id IS NOT NULL OR cards.channel_id <> jobs.channel_id)
LIMIT :rows;

-- name: forget_addresses
-- Where the cards of these jobs were.
UPDATE cards SET message_id = NULL, channel_id = (SELECT channel_id FROM jobs WHERE jobs.job_id = cards.job_id)
WHERE job_id IN (SELECT value FROM json_each(:job_ids));

-- name: marks_to_drop
-- Forgotten members of whom nothing depends any more on knowing them again: their period is over, and no block, pause or
-- strike since the last pardon is left.
SELECT member_ref FROM members WHERE returns_as IS NOT NULL
    AND NOT EXISTS (SELECT 1 FROM accounts
        WHERE account_id = 'allowance:' || members.member_ref AND period_end_ms > :now_ms)
    AND NOT EXISTS (SELECT 1 FROM blocked_members WHERE blocked_members.member_ref = members.member_ref)
    AND NOT EXISTS (SELECT 1 FROM member_pauses
        WHERE member_pauses.member_ref = members.member_ref AND until_ms > :now_ms)
    AND NOT EXISTS (SELECT 1 FROM strikes
        WHERE strikes.member_ref = members.member_ref AND at_ms > MAX(:weighs_since_ms, COALESCE(
            (SELECT at_ms FROM pardons WHERE pardons.member_ref = members.member_ref), 0)))
LIMIT :rows;

-- name: drop_marks
-- These members are not known again. refs: a JSON list, here and below.
UPDATE members SET returns_as = NULL WHERE member_ref IN (SELECT value FROM json_each(:refs));

-- name: forget_own_allowances
-- What managers gave these members instead of what their roles get.
DELETE FROM member_quotas WHERE member_ref IN (SELECT value FROM json_each(:refs));

-- name: forget_pauses
-- Pauses that are over, with their reasons.
DELETE FROM member_pauses WHERE member_ref IN (SELECT value FROM json_each(:refs));

-- name: forget_pardons
-- Pardons of strikes that weigh nothing any more.
DELETE FROM pardons WHERE member_ref IN (SELECT value FROM json_each(:refs));

-- name: forget_entries_about
-- What moderators wrote about these members.
UPDATE audit SET words = '' WHERE words <> '' AND member_ref IN (SELECT value FROM json_each(:refs));
