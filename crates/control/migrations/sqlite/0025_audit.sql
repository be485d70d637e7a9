-- Who changed what. A row is written in the transaction of its change, and never changed: each
-- carries a MAC over its content and over the MAC of the row before (docs/decisions).
CREATE TABLE audit (
    number   INTEGER PRIMARY KEY,
    at       BIGINT NOT NULL,
    who      TEXT   NOT NULL,
    token    TEXT,             -- the name of the user's token, if it was not the password
    origin   TEXT   NOT NULL,  -- an address, or "this machine"
    action   TEXT   NOT NULL,
    kind     TEXT   NOT NULL,
    target   TEXT   NOT NULL,  -- the id or name of what was changed
    before   TEXT,             -- JSON for people, shortened
    after    TEXT,
    size     BIGINT NOT NULL,  -- bytes of both before they were shortened
    previous BLOB   NOT NULL,
    mac      BLOB   NOT NULL
);

CREATE INDEX audit_by_who ON audit (who, number);
CREATE INDEX audit_by_target ON audit (target, number);
CREATE INDEX audit_by_action ON audit (action, number);
CREATE INDEX audit_by_time ON audit (at, number);

-- The last row that retention removed, and the newest row: a log that was cut at either end does
-- not fit these.
CREATE TABLE audit_ends (
    id           BIGINT NOT NULL PRIMARY KEY CHECK (id = 1),
    removed      BIGINT NOT NULL,
    removed_mac  BLOB   NOT NULL,
    newest       BIGINT NOT NULL,
    newest_mac   BLOB   NOT NULL,
    seal         BLOB   NOT NULL
);

INSERT INTO audit_ends (id, removed, removed_mac, newest, newest_mac, seal)
VALUES (1, 0, x'', 0, x'', x'');
