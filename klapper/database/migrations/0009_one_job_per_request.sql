-- A request of Segmind's is one job at most, whichever form its id is shown in: some histories leave the dashes out.

CREATE UNIQUE INDEX job_of_bare_request ON jobs (REPLACE(LOWER(request_id), '-', '')) WHERE request_id IS NOT NULL;
