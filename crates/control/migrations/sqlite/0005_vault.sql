-- Keys of hosts, and commands with their secrets, are sealed under a key that
-- is not in the database; what is here already is sealed when it is opened.
CREATE TABLE vault (
    id     INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
    key_id TEXT    NOT NULL -- which key; without a row, nothing is sealed yet
);

-- Sealed text is longer than a key.
ALTER TABLE host ADD COLUMN sealed_key TEXT NOT NULL DEFAULT '';
UPDATE host SET sealed_key = lower(hex(key));
ALTER TABLE host DROP COLUMN key;
