-- What people say of answers. The report may not have been kept, so it is no foreign key.
CREATE TABLE feedback (
  -- ULID
  id TEXT NOT NULL PRIMARY KEY,
  report_id TEXT NOT NULL,
  article TEXT NOT NULL REFERENCES articles (id),
  revision INTEGER NOT NULL,
  helpful INTEGER NOT NULL CHECK (helpful IN (0, 1)),
  comment TEXT,
  given_by TEXT NOT NULL,
  given_at INTEGER NOT NULL,
  withdrawn_at INTEGER
) STRICT;

CREATE INDEX feedback_by_report ON feedback (report_id);
CREATE INDEX feedback_by_article ON feedback (article);
