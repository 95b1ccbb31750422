-- Images are known again by their likeness, and blocked by it; those from before have none.

ALTER TABLE images ADD COLUMN likeness TEXT;

CREATE TABLE blocked_images (
    block_id    INTEGER PRIMARY KEY,
    guild_id    INTEGER NOT NULL,             -- 0: in every guild
    likeness    TEXT NOT NULL,                -- of the picture; the picture itself is not kept
    reason      TEXT NOT NULL,                -- a code
    note        TEXT NOT NULL,                -- for moderators and the operator
    blocked_by  TEXT NOT NULL,                -- actor: 'member:17', 'operator:<login>'
    at_ms       INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX image_of_block_list ON blocked_images (guild_id, likeness);
