-- What is asked at every tick does not read every waiting job.

CREATE INDEX jobs_waiting_since ON jobs (waiting_since_ms) WHERE status IN ('in_review', 'waiting');
CREATE INDEX jobs_not_before ON jobs (not_before_ms) WHERE status = 'waiting';
