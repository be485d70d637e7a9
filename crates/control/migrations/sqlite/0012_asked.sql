-- How a client named what it asked for, and what that was: asked again, it is not made again.
ALTER TABLE batch ADD COLUMN asked_key TEXT;
ALTER TABLE batch ADD COLUMN asked_hash TEXT;
CREATE UNIQUE INDEX batch_by_asked ON batch (owner, asked_key) WHERE asked_key IS NOT NULL;

ALTER TABLE invitation ADD COLUMN asked_key TEXT;
ALTER TABLE invitation ADD COLUMN asked_hash TEXT;
ALTER TABLE invitation ADD COLUMN uses BIGINT;
CREATE UNIQUE INDEX invitation_by_asked ON invitation (owner, asked_key) WHERE asked_key IS NOT NULL;
