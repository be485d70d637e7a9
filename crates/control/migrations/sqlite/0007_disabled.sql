-- Since when an operator has had the host's tokens refused.
ALTER TABLE host ADD COLUMN disabled BIGINT;
