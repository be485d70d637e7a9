-- Every digest that a tag has had, with its newest seal: a job pulls by the digest that it was
-- made with, whatever the tag or another one's signature is by then.
CREATE TABLE sealed (
    repository TEXT NOT NULL, -- group/name
    tag        TEXT NOT NULL,
    digest     TEXT NOT NULL,
    seal       TEXT NOT NULL,
    PRIMARY KEY (repository, tag, digest)
);

INSERT INTO sealed (repository, tag, digest, seal)
SELECT tag.repository, tag.tag, package.digest, package.seal
FROM tag JOIN package ON package.repository = tag.repository AND package.ref = tag.ref;

-- When the tag was deleted. Its row stays: it has the highest serial.
ALTER TABLE tag ADD COLUMN deleted BIGINT;
