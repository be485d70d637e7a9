-- How hosts say that they are doing.
ALTER TABLE host ADD COLUMN declines TEXT;         -- why it takes no job, while it takes none
ALTER TABLE host ADD COLUMN declines_since BIGINT;
ALTER TABLE host ADD COLUMN skew BIGINT NOT NULL DEFAULT 0; -- seconds that its clock is ahead
ALTER TABLE host ADD COLUMN restored_seen BIGINT;  -- when it last said that it was restored or cloned
ALTER TABLE host ADD COLUMN restored_times BIGINT NOT NULL DEFAULT 0;

-- When its host was last asked what became of a job that it no longer names.
ALTER TABLE job ADD COLUMN query_told BIGINT;
