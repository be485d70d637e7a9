-- Pages of lists are found by an index, in the order in which they are shown.
DROP INDEX job_by_batch;
CREATE INDEX job_by_batch ON job (batch, id);
DROP INDEX job_by_host;
CREATE INDEX job_by_host ON job (host, id);

-- With each entry SQLite keeps the row's number, by which hosts are sorted.
CREATE INDEX host_by_org_group ON host (org_group);
CREATE INDEX host_by_org ON host (org);
CREATE INDEX host_by_area ON host (area);
CREATE INDEX host_by_location ON host (location);

CREATE INDEX batch_by_name ON batch (name, id);
CREATE INDEX batch_by_owner ON batch (owner, id);
