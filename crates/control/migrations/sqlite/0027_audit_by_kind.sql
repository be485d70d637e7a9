-- All entries on a kind of thing, page by page.
CREATE INDEX audit_by_kind ON audit (kind, number);
