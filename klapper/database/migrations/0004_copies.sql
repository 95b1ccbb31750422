-- Copies of clips that are too large for their channel, or that Discord does not play there.

-- What the message carries instead of the clip as it came.
ALTER TABLE deliveries ADD COLUMN copy TEXT NOT NULL DEFAULT '' CONSTRAINT delivery_copy CHECK (copy IN ('', 'shrinking', 'converting', 'smaller', 'converted', 'failed'));
ALTER TABLE deliveries ADD COLUMN copy_tries INTEGER NOT NULL DEFAULT 0;    -- how many copies were begun
