-- What users and their programs sign in with in place of a password. It goes with its user.
CREATE TABLE api_token (
    id        TEXT   NOT NULL PRIMARY KEY, -- follows from the token, and finds it
    owner     TEXT   NOT NULL REFERENCES operator (name) ON DELETE CASCADE,
    name      TEXT   NOT NULL,
    rights    TEXT   NOT NULL, -- JSON
    hash      BLOB   NOT NULL,
    created   BIGINT NOT NULL,
    expires   BIGINT NOT NULL,
    last_used BIGINT,          -- to the minute
    UNIQUE (owner, name)
);
