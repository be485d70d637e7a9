-- The labels of hosts in rows of their own, so that hosts are found by them. The column label of a
-- host has them in the order in which they are shown; the triggers keep both the same.
CREATE TABLE host_label (
    host  INTEGER NOT NULL REFERENCES host (number) ON DELETE CASCADE,
    key   TEXT    NOT NULL,
    value TEXT    NOT NULL, -- empty if the label has none
    PRIMARY KEY (host, key, value)
) WITHOUT ROWID;

CREATE INDEX host_by_label ON host_label (key, value, host);

CREATE VIEW shown_label (host, key, value) AS
SELECT host.number,
    CASE instr(one.value, '=') WHEN 0 THEN one.value ELSE substr(one.value, 1, instr(one.value, '=') - 1) END,
    CASE instr(one.value, '=') WHEN 0 THEN '' ELSE substr(one.value, instr(one.value, '=') + 1) END
FROM host JOIN json_each(host.label) AS one;

INSERT INTO host_label SELECT DISTINCT host, key, value FROM shown_label;

CREATE TRIGGER host_has_labels AFTER INSERT ON host
BEGIN
    INSERT INTO host_label SELECT DISTINCT host, key, value FROM shown_label WHERE host = NEW.number;
END;

CREATE TRIGGER host_labels_changed AFTER UPDATE OF label ON host WHEN NEW.label <> OLD.label
BEGIN
    DELETE FROM host_label WHERE host = NEW.number;
    INSERT INTO host_label SELECT DISTINCT host, key, value FROM shown_label WHERE host = NEW.number;
END;
