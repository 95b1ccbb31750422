-- name: add_decision
-- What was decided about exactly this content.
INSERT INTO decisions (guild_id, member_ref, content_hash, verdict, rule, at_ms)
VALUES (:guild_id, :member_ref, :content_hash, :verdict, :rule, :now_ms)
RETURNING decision_id;

-- name: is_blocked
-- Whether a member may make nothing at all.
SELECT 1 FROM blocked_members WHERE member_ref = :member_ref;

-- name: block
-- A member may make nothing until unblocked; the first reason stays.
INSERT INTO blocked_members (member_ref, reason, blocked_by, at_ms) VALUES (:member_ref, :reason, :blocked_by, :now_ms)
ON CONFLICT (member_ref) DO NOTHING;
