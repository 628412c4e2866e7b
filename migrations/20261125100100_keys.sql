-- API keys. A key is shown once; what is kept is the SHA-256 of its 256 random bits, in hex. Rows stay when a key is
-- revoked: a server that ever had a key never opens again.
CREATE TABLE api_keys (
  -- 12 hexadecimal digits, the second part of kbm_<id>_<secret>
  id TEXT NOT NULL PRIMARY KEY,
  name TEXT NOT NULL,
  -- words with spaces between them
  scopes TEXT NOT NULL,
  secret_sha256 TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  expires_at INTEGER,
  -- to a minute or so
  last_used_at INTEGER,
  revoked_at INTEGER
) STRICT;
