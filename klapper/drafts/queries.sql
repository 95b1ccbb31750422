-- name: add_draft
-- A draft as it begins.
INSERT INTO drafts (draft_id, kind, state, guild_id, channel_id, user_id, asked_by, revision, request, deliver_to, spoiler,
                    parent_job_id, replaces, why, repeat_of, price_credits, price_version, created_at_ms, expires_at_ms)
VALUES (:draft_id, :kind, :state, :guild_id, :channel_id, :user_id, :asked_by, :revision, :request, :deliver_to, :spoiler,
        :parent_job_id, :replaces, :why, :repeat_of, :price_credits, :price_version, :created_at_ms, :expires_at_ms);

-- name: draft
-- One draft.
SELECT * FROM drafts WHERE draft_id = :draft_id;

-- name: question_of_interaction
-- The question that an interaction was answered with: a replayed interaction finds it.
SELECT * FROM drafts WHERE asked_by = :interaction_id;

-- name: save_draft
-- What its author changed; a draft that was used or discarded stays as it is.
UPDATE drafts SET kind = :kind, request = :request, deliver_to = :deliver_to, spoiler = :spoiler, why = :why,
    replaces = :replaces, repeat_of = :repeat_of, price_credits = :price_credits, price_version = :price_version,
    expires_at_ms = :expires_at_ms, revision = revision + 1
WHERE draft_id = :draft_id AND state = 'open';

-- name: close_draft
-- It became a job, or nothing.
UPDATE drafts SET state = :state WHERE draft_id = :draft_id AND state = 'open';

-- name: purge_drafts
-- Nobody can use them any more; which job a draft became is with the job.
DELETE FROM drafts WHERE expires_at_ms < :expired_before_ms;
