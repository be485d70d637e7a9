-- When an operator removed the host: after its jobs, its row goes as well.
ALTER TABLE host ADD COLUMN removed BIGINT;
UPDATE host SET removed = CAST(strftime('%s', 'now') AS INTEGER) WHERE state = 'removed';

-- What has ended is found by its end, and a host's jobs by the host.
CREATE INDEX job_by_end ON job (ended) WHERE ended IS NOT NULL;
CREATE INDEX job_output_by_end ON job (ended) WHERE ended IS NOT NULL AND log <> '';
-- How many open jobs there are of each status is counted without reading their commands.
CREATE INDEX job_open_by_status ON job (cancelled, received) WHERE ended IS NULL;
CREATE INDEX job_by_host ON job (host);
