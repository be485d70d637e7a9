-- What control writes to find out whether it can, if it writes nothing else.
CREATE TABLE write_probe (written BIGINT NOT NULL); -- unix seconds

INSERT INTO write_probe (written) VALUES (0);
