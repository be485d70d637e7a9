-- The highest id that a batch or job was given. It stays when they are removed, so that no id is
-- given again, even if the clock is set back.
CREATE TABLE highest_id (id BIGINT NOT NULL);

INSERT INTO highest_id (id)
SELECT COALESCE(MAX(id), 0) FROM (SELECT MAX(id) AS id FROM job UNION ALL SELECT MAX(id) FROM batch) AS ids;
