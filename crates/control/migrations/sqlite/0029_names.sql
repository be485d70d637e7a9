-- The name that an operator gave a host. The hostname is what the host says of itself.
ALTER TABLE host ADD COLUMN name TEXT;
CREATE UNIQUE INDEX host_by_name ON host (name);

ALTER TABLE host ADD COLUMN hostname TEXT GENERATED ALWAYS AS
    (CASE WHEN json_valid(facts) THEN json_extract(facts, '$.hostname') END) VIRTUAL;
CREATE INDEX host_by_hostname ON host (hostname);
