-- An appeal of a changed request takes the place of the one in review, as the change would have.

ALTER TABLE refused_requests ADD COLUMN replaces TEXT;  -- the job in review whose place it was to take
