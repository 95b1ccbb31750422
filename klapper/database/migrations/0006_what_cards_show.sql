-- Which state of its job a card shows: a card that could not be edited is gone on with after a restart.

ALTER TABLE cards ADD COLUMN shown_state TEXT NOT NULL DEFAULT '';    -- status, delivery state and way of its job
UPDATE cards SET shown_state = (
    SELECT jobs.status || ' ' || COALESCE(deliveries.state || ' ' || deliveries.way, '')
    FROM jobs LEFT JOIN deliveries USING (job_id) WHERE jobs.job_id = cards.job_id
) WHERE message_id IS NOT NULL;
