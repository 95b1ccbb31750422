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

-- name: block_image
-- Put an image on a list; the first line about it stays.
INSERT INTO blocked_images (guild_id, likeness, reason, note, blocked_by, at_ms)
VALUES (:guild_id, :likeness, :reason, :note, :blocked_by, :now_ms)
ON CONFLICT (guild_id, likeness) DO NOTHING;

-- name: unblock_image
-- Take a line off a list.
DELETE FROM blocked_images WHERE block_id = :block_id;

-- name: blocked_images
-- Every line of one list, or of all, oldest first.
SELECT block_id, guild_id, likeness, reason, note, blocked_by, at_ms FROM blocked_images
WHERE :guild_id IS NULL OR guild_id = :guild_id ORDER BY block_id;

-- name: blocked_image
-- One line.
SELECT block_id, guild_id, likeness, reason, note, blocked_by, at_ms FROM blocked_images WHERE block_id = :block_id;

-- name: image_blocks_in_force
-- What an image of this guild is compared with: its own list, and the one for every guild.
SELECT guild_id, likeness FROM blocked_images WHERE guild_id IN (:guild_id, :everywhere) ORDER BY block_id;
