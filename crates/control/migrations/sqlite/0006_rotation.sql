-- A key that a host has made to replace its own, until it is first used; sealed.
ALTER TABLE host ADD COLUMN next_key TEXT;
-- Since when an operator wants the host to replace its key.
ALTER TABLE host ADD COLUMN rotation_asked BIGINT;
-- When the key in force was first used, if it replaced another one.
ALTER TABLE host ADD COLUMN key_changed BIGINT;
