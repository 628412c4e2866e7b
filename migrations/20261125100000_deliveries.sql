-- Deliveries of ticketing platforms (the inbox), what is posted for them (the outbox), and what people said of both.
-- All text is redacted before it comes here. Times are microseconds since 1970 in UTC, hashes SHA-256 in hex.

CREATE TABLE deliveries (
  -- ULID
  id TEXT NOT NULL PRIMARY KEY,
  connector TEXT NOT NULL,
  endpoint TEXT NOT NULL,
  -- the platform's own id of the delivery, else content_key
  dedup_key TEXT NOT NULL,
  -- ticket, comment and the hash of the text
  content_key TEXT NOT NULL,
  -- hash of the text alone
  text_sha256 TEXT NOT NULL,
  -- the body with secrets and personal data overwritten; absent once its time is over
  raw TEXT,
  -- of the body as it was sent
  raw_sha256 TEXT NOT NULL,
  headers TEXT NOT NULL CHECK (json_valid(headers)),
  event TEXT NOT NULL,
  external_id TEXT NOT NULL,
  -- what matching reads; absent once its time is over, and where nothing is to be matched
  ticket TEXT CHECK (ticket IS NULL OR json_valid(ticket)),
  -- by the platform's clock
  occurred_at INTEGER,
  received_at INTEGER NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('received', 'matched', 'replied', 'no_match', 'ignored', 'failed', 'dead')),
  -- why it is in that state, one word
  reason TEXT,
  -- times that matching failed
  attempts INTEGER NOT NULL DEFAULT 0,
  -- times that a worker took it
  leases INTEGER NOT NULL DEFAULT 0,
  next_attempt_at INTEGER NOT NULL,
  lease_until INTEGER,
  last_error TEXT,
  report_id TEXT,
  reply_id TEXT,
  -- of the request it came with, to find its log lines
  request_id TEXT,
  UNIQUE (connector, endpoint, dedup_key)
) STRICT;

CREATE INDEX deliveries_waiting ON deliveries (next_attempt_at) WHERE state IN ('received', 'failed');
CREATE INDEX deliveries_by_content ON deliveries (connector, endpoint, content_key);
CREATE INDEX deliveries_by_ticket ON deliveries (connector, endpoint, external_id, received_at);
CREATE INDEX deliveries_by_reply ON deliveries (reply_id) WHERE reply_id IS NOT NULL;
CREATE INDEX deliveries_by_report ON deliveries (report_id) WHERE report_id IS NOT NULL;
CREATE INDEX deliveries_by_received_at ON deliveries (received_at);
CREATE INDEX deliveries_by_state ON deliveries (state, received_at);

CREATE TABLE replies (
  -- ULID
  id TEXT NOT NULL PRIMARY KEY,
  -- the first delivery that wanted it
  delivery_id TEXT NOT NULL,
  connector TEXT NOT NULL,
  endpoint TEXT NOT NULL,
  external_id TEXT NOT NULL,
  -- empty for a call of a chat platform or one that follows when nothing matched
  article_id TEXT NOT NULL,
  revision INTEGER NOT NULL,
  confidence REAL NOT NULL,
  kind TEXT NOT NULL CHECK (kind IN ('note', 'public', 'chat', 'follow')),
  action TEXT NOT NULL CHECK (action IN ('post', 'edit', 'withdraw')),
  -- the note, or the call; absent once its time is over
  body TEXT CHECK (body IS NULL OR json_valid(body)),
  -- counts the texts; sending_version is the one that was being sent last
  version INTEGER NOT NULL DEFAULT 1,
  sending_version INTEGER NOT NULL DEFAULT 0,
  marker TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN
    ('queued', 'sending', 'retry_wait', 'unknown', 'sent', 'rejected', 'dead', 'observed', 'withdrawn')),
  -- whether an earlier call may have been carried out: the platform is asked before another one is made
  check_first INTEGER NOT NULL DEFAULT 0 CHECK (check_first IN (0, 1)),
  attempts INTEGER NOT NULL DEFAULT 0,
  next_attempt_at INTEGER NOT NULL,
  lease_until INTEGER,
  created_at INTEGER NOT NULL,
  -- when the last delivery that wanted it came in
  wanted_at INTEGER NOT NULL,
  sent_at INTEGER,
  external_reply_id TEXT,
  last_error TEXT,
  -- of the request that wanted its text
  request_id TEXT,
  UNIQUE (connector, endpoint, external_id, article_id)
) STRICT;

CREATE INDEX replies_waiting ON replies (next_attempt_at) WHERE state IN ('queued', 'sending', 'retry_wait', 'unknown');
CREATE INDEX replies_by_article ON replies (article_id, revision);
CREATE INDEX replies_by_state ON replies (state, created_at);

-- Articles that an endpoint keeps quiet about for a while.
CREATE TABLE mutes (
  connector TEXT NOT NULL,
  endpoint TEXT NOT NULL,
  article TEXT NOT NULL,
  until INTEGER NOT NULL,
  reason TEXT NOT NULL,
  muted_by TEXT NOT NULL,
  muted_at INTEGER NOT NULL,
  PRIMARY KEY (connector, endpoint, article)
) STRICT;

-- Endpoints whose platform refused our credential.
CREATE TABLE pauses (
  connector TEXT NOT NULL,
  endpoint TEXT NOT NULL,
  until INTEGER NOT NULL,
  reason TEXT NOT NULL,
  PRIMARY KEY (connector, endpoint)
) STRICT;
