-- What lists show, so that they unseal nothing. Of rows from before, the service fills it in
-- when it opens the database.
ALTER TABLE host ADD COLUMN fingerprint TEXT; -- of its key
ALTER TABLE command ADD COLUMN shown TEXT;    -- the definition with its secrets masked
