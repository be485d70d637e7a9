-- Lists of keys that were imported while the service ran; the newest of a root
-- key counts.
CREATE TABLE key_list (
    root     TEXT   NOT NULL, -- fingerprint
    number   BIGINT NOT NULL,
    signed   TEXT   NOT NULL, -- JSON, as it travels
    imported BIGINT NOT NULL,
    PRIMARY KEY (root, number)
);

ALTER TABLE host ADD COLUMN key_list BIGINT; -- number of the list that it goes by
