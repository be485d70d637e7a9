-- To which hosts users and tokens are narrowed, as JSON; empty for all hosts.
ALTER TABLE operator ADD COLUMN scope TEXT NOT NULL DEFAULT '';
ALTER TABLE api_token ADD COLUMN scope TEXT NOT NULL DEFAULT '';
-- The scope of the invitation's maker: no host enrols with it that has jobs outside.
ALTER TABLE invitation ADD COLUMN scope TEXT NOT NULL DEFAULT '';
