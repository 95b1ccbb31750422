-- Jobs by when they ended, for the statistics of a guild and of a member.
CREATE INDEX jobs_of_guild_by_end ON jobs (guild_id, finished_at_ms) WHERE finished_at_ms IS NOT NULL;
CREATE INDEX jobs_of_member_by_end ON jobs (member_ref, finished_at_ms) WHERE finished_at_ms IS NOT NULL;
