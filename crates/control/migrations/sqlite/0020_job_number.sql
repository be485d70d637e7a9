-- A job has an id from its creation, and gets the number that its host sees when it is first
-- offered: numbers grow in the order in which a host is offered its jobs. Until now the id was
-- that number.
ALTER TABLE job ADD COLUMN number BIGINT; -- NULL before the first offer
ALTER TABLE host ADD COLUMN last_number BIGINT NOT NULL DEFAULT 0; -- never lowered

UPDATE job SET number = id
WHERE offered IS NOT NULL OR received IS NOT NULL OR cancel_told IS NOT NULL OR ended IS NOT NULL;
UPDATE host SET last_number =
    COALESCE((SELECT MAX(number) FROM job WHERE job.host = host.id), 0);

CREATE UNIQUE INDEX job_by_number ON job (number, host) WHERE number IS NOT NULL;

-- The command is sealed once for a batch. Its secrets are masked once the last job has ended.
ALTER TABLE batch ADD COLUMN command TEXT NOT NULL DEFAULT '';

-- What older versions sealed for each job: one of each batch, if there is one with its secrets.
-- Control moves it to the batch once it has the key of the database (store/batch_commands.rs).
CREATE TABLE unmoved_command (
    job     BIGINT NOT NULL PRIMARY KEY,
    batch   BIGINT NOT NULL REFERENCES batch (id),
    command TEXT   NOT NULL
);

INSERT INTO unmoved_command (job, batch, command)
SELECT id, batch, command FROM job WHERE id IN (
    SELECT COALESCE(MIN(CASE WHEN ended IS NULL THEN id END), MIN(id)) FROM job GROUP BY batch);

ALTER TABLE job DROP COLUMN command;

CREATE INDEX job_open_by_batch ON job (batch) WHERE ended IS NULL;
