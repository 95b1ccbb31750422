-- A member's limit of waiting jobs is looked up by their waiting jobs, not by every job that they ever made.

CREATE INDEX jobs_waiting_of_member ON jobs (member_ref) WHERE status IN ('in_review', 'waiting');
