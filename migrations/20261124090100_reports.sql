-- Reports that were kept, redacted: every no_match and ambiguous, a sample of match.
CREATE TABLE reports (
  -- ULID
  id TEXT NOT NULL PRIMARY KEY,
  received_at INTEGER NOT NULL,
  outcome TEXT NOT NULL CHECK (outcome IN ('match', 'ambiguous', 'no_match')),
  kb_version TEXT NOT NULL,
  engine_version TEXT NOT NULL,
  content_kind TEXT NOT NULL,
  -- bytes over all parts
  bytes INTEGER NOT NULL,
  -- [{"address", "kind", "text"}]; absent when the report was over the limit for keeping
  parts TEXT CHECK (parts IS NULL OR json_valid(parts)),
  hints TEXT NOT NULL CHECK (json_valid(hints)),
  best_article TEXT,
  best_revision INTEGER,
  best_confidence REAL
) STRICT;

CREATE INDEX reports_by_received_at ON reports (received_at);

CREATE TABLE report_matches (
  report TEXT NOT NULL REFERENCES reports (id) ON DELETE CASCADE,
  rank INTEGER NOT NULL,
  article TEXT NOT NULL,
  revision INTEGER NOT NULL,
  confidence REAL NOT NULL,
  PRIMARY KEY (report, rank)
) STRICT;
