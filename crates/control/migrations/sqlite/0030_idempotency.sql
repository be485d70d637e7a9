-- Requests with an Idempotency-Key, and what they were answered: a client that lost the answer repeats
-- the request, and control does not carry it out twice.
CREATE TABLE keyed_request (
    owner   TEXT   NOT NULL REFERENCES operator (name) ON DELETE CASCADE,
    key     TEXT   NOT NULL, -- as the client chose it
    id      TEXT   NOT NULL, -- random: what it creates is known by this
    hash    BLOB   NOT NULL, -- of the request, under a key of the store
    begun   BIGINT NOT NULL,
    status  BIGINT,          -- of the answer; NULL while it is being carried out
    answer  TEXT,            -- without secrets
    place   TEXT,            -- the Location of the answer
    PRIMARY KEY (owner, key)
);
CREATE INDEX keyed_request_by_time ON keyed_request (begun);
CREATE INDEX keyed_request_by_owner ON keyed_request (owner, begun);

-- Changes whenever a command is stored: what clients compare.
ALTER TABLE command ADD COLUMN version TEXT NOT NULL DEFAULT '0';
