-- name: member_choices
-- What a member chose.
SELECT notify, model, aspect_ratio, mode FROM member_choices WHERE member_ref = :member_ref;

-- name: choose_for_member
-- All of a member's choices.
INSERT INTO member_choices (member_ref, notify, model, aspect_ratio, mode)
VALUES (:member_ref, :notify, :model, :aspect_ratio, :mode)
ON CONFLICT (member_ref) DO UPDATE SET notify = excluded.notify, model = excluded.model,
    aspect_ratio = excluded.aspect_ratio, mode = excluded.mode;

-- name: guild_choices
-- What a guild's managers chose.
SELECT sharing FROM guild_choices WHERE guild_id = :guild_id;

-- name: choose_for_guild
-- All of a guild's choices.
INSERT INTO guild_choices (guild_id, sharing) VALUES (:guild_id, :sharing)
ON CONFLICT (guild_id) DO UPDATE SET sharing = excluded.sharing;
