-- Times are unix seconds unless a name says otherwise; ids of hosts are
-- lower-case UUIDs; columns called label and facts hold JSON.

CREATE TABLE operator (
    name       TEXT   NOT NULL PRIMARY KEY,
    role       TEXT   NOT NULL CHECK (role IN ('admin', 'operator', 'publisher', 'reader')),
    password   TEXT   NOT NULL, -- PHC string
    created    BIGINT NOT NULL
);

CREATE TABLE host (
    number      INTEGER PRIMARY KEY,
    id          TEXT    NOT NULL UNIQUE,
    state       TEXT    NOT NULL CHECK (state IN ('pending', 'enrolled', 'removed')),
    key         BLOB    NOT NULL CHECK (length(key) = 32),
    nonce       BLOB    NOT NULL,
    last_n      BIGINT  NOT NULL DEFAULT 0,
    facts       TEXT    NOT NULL,
    registered  BOOLEAN NOT NULL DEFAULT FALSE,
    interval    BIGINT,          -- nanoseconds, as last told to the host
    org_group   TEXT    NOT NULL DEFAULT '',
    org         TEXT    NOT NULL DEFAULT '',
    area        TEXT    NOT NULL DEFAULT '',
    location    TEXT    NOT NULL DEFAULT '',
    label       TEXT    NOT NULL DEFAULT '[]',
    created     BIGINT  NOT NULL,
    last_seen   BIGINT,
    clone_seen  BIGINT           -- when another key last claimed this id
);

CREATE TABLE invitation (
    secret_hash BLOB   NOT NULL PRIMARY KEY,
    uses_left   BIGINT NOT NULL CHECK (uses_left >= 0),
    expires     BIGINT NOT NULL,
    owner       TEXT   NOT NULL,
    org_group   TEXT   NOT NULL,
    org         TEXT   NOT NULL,
    area        TEXT   NOT NULL,
    location    TEXT   NOT NULL,
    label       TEXT   NOT NULL
);

CREATE TABLE command (
    key         TEXT   NOT NULL PRIMARY KEY,
    definition  TEXT   NOT NULL,
    updated     BIGINT NOT NULL
);

CREATE TABLE batch (
    id         BIGINT NOT NULL PRIMARY KEY,
    name       TEXT   NOT NULL,
    notes      TEXT   NOT NULL,
    label      TEXT   NOT NULL,
    owner      TEXT   NOT NULL,
    fx_key     TEXT   NOT NULL,
    fx_version BIGINT NOT NULL,
    created    BIGINT NOT NULL
);

CREATE TABLE job (
    id          BIGINT  NOT NULL PRIMARY KEY,
    batch       BIGINT  NOT NULL REFERENCES batch (id),
    host        TEXT    NOT NULL REFERENCES host (id),
    command     TEXT    NOT NULL, -- its secrets are masked once the job has ended
    offered     BIGINT,
    received    BIGINT,
    cancelled   BIGINT,
    cancel_told BIGINT,
    ended       BIGINT,
    result      TEXT,    -- less the log
    log         TEXT    NOT NULL DEFAULT ''
);

CREATE INDEX job_by_batch ON job (batch);
CREATE INDEX job_open_by_host ON job (host, id) WHERE ended IS NULL;

CREATE TABLE package (
    repository TEXT   NOT NULL, -- group/name
    ref        TEXT   NOT NULL,
    id         TEXT   NOT NULL,
    digest     TEXT   NOT NULL,
    seal       TEXT   NOT NULL,
    pushed     BIGINT NOT NULL,
    PRIMARY KEY (repository, ref)
);

CREATE TABLE tag (
    repository TEXT   NOT NULL,
    tag        TEXT   NOT NULL,
    ref        TEXT   NOT NULL,
    serial     BIGINT NOT NULL, -- the highest that was ever accepted
    PRIMARY KEY (repository, tag),
    FOREIGN KEY (repository, ref) REFERENCES package (repository, ref)
);
