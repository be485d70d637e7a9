-- What changes with every ping stands in a narrow table, so that the pings of a moment are one
-- short statement. version counts the changes of what control has to know of a host to answer it:
-- who remembers an older version reads the host again.
CREATE TABLE pulse (
    host      INTEGER NOT NULL PRIMARY KEY REFERENCES host (number),
    last_n    BIGINT  NOT NULL DEFAULT 0, -- the last accepted number of a token
    last_seen BIGINT,
    version   BIGINT  NOT NULL DEFAULT 1
);

INSERT INTO pulse (host, last_n, last_seen) SELECT number, last_n, last_seen FROM host;

ALTER TABLE host DROP COLUMN last_n;
ALTER TABLE host DROP COLUMN last_seen;

CREATE TRIGGER host_has_pulse AFTER INSERT ON host
BEGIN
    INSERT INTO pulse (host) VALUES (NEW.number);
END;

-- The columns that a session remembers (store/sessions.rs).
CREATE TRIGGER host_changed
AFTER UPDATE OF state, disabled, sealed_key, next_key, rotation_asked, interval, key_list,
    declines, declines_since, skew, restored_seen, restored_times ON host
BEGIN
    UPDATE pulse SET version = version + 1 WHERE host = NEW.number;
END;

CREATE TRIGGER host_has_job AFTER INSERT ON job
BEGIN
    UPDATE pulse SET version = version + 1
    WHERE host = (SELECT number FROM host WHERE id = NEW.host);
END;
