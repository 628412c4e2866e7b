-- The knowledge base: articles with every revision. Times are microseconds since 1970 in UTC, hashes SHA-256 in hex.

-- Counts the writes to the knowledge base; other processes watch it.
CREATE TABLE generation (
  one INTEGER NOT NULL PRIMARY KEY CHECK (one = 1),
  number INTEGER NOT NULL,
  changed_at INTEGER NOT NULL
) STRICT;

INSERT INTO generation (one, number, changed_at) VALUES (1, 0, 0);

CREATE TABLE articles (
  id TEXT NOT NULL PRIMARY KEY,
  revision INTEGER NOT NULL,
  -- live; archived: its file is gone; deleted: through the API
  state TEXT NOT NULL CHECK (state IN ('live', 'archived', 'deleted')),
  -- the status that the text gives itself; an article answers when it is published and live
  status TEXT NOT NULL CHECK (status IN ('draft', 'published', 'archived')),
  title TEXT NOT NULL,
  origin TEXT NOT NULL CHECK (origin IN ('file', 'api', 'import')),
  -- the file that owns the article
  source_path TEXT,
  -- bytes last imported, and the Markdown they became
  imported_sha256 TEXT,
  imported_text_sha256 TEXT,
  -- generation of the current revision
  generation INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  FOREIGN KEY (id, revision) REFERENCES article_revisions (article, revision) DEFERRABLE INITIALLY DEFERRED
) STRICT;

CREATE INDEX articles_by_generation ON articles (generation);
CREATE INDEX articles_by_source_path ON articles (source_path) WHERE source_path IS NOT NULL;

CREATE TABLE article_revisions (
  article TEXT NOT NULL REFERENCES articles (id),
  revision INTEGER NOT NULL CHECK (revision > 0),
  state TEXT NOT NULL CHECK (state IN ('live', 'archived', 'deleted')),
  markdown TEXT NOT NULL,
  sha256 TEXT NOT NULL,
  via TEXT NOT NULL CHECK (via IN ('file', 'api', 'import')),
  changed_by TEXT NOT NULL,
  changed_at INTEGER NOT NULL,
  reason TEXT NOT NULL,
  generation INTEGER NOT NULL,
  PRIMARY KEY (article, revision)
) STRICT;

CREATE INDEX article_revisions_by_generation ON article_revisions (generation);

-- The signatures of the current revisions, for people who query; matching reads the Markdown.
CREATE TABLE signatures (
  article TEXT NOT NULL REFERENCES articles (id),
  revision INTEGER NOT NULL,
  ordinal INTEGER NOT NULL,
  name TEXT,
  kind TEXT NOT NULL,
  origin TEXT NOT NULL CHECK (origin IN ('written', 'derived')),
  text TEXT NOT NULL CHECK (json_valid(text)),
  PRIMARY KEY (article, ordinal),
  FOREIGN KEY (article, revision) REFERENCES article_revisions (article, revision)
) STRICT;

-- Files that changed while their article was changed too.
CREATE TABLE import_conflicts (
  id INTEGER NOT NULL PRIMARY KEY,
  article TEXT NOT NULL REFERENCES articles (id),
  source_name TEXT NOT NULL,
  file_markdown TEXT NOT NULL,
  file_sha256 TEXT NOT NULL,
  -- the article's revision when the conflict was found
  revision INTEGER NOT NULL,
  found_at INTEGER NOT NULL,
  settled_at INTEGER,
  settled_how TEXT,
  CHECK ((settled_at IS NULL) = (settled_how IS NULL))
) STRICT;

CREATE UNIQUE INDEX import_conflicts_open ON import_conflicts (article) WHERE settled_at IS NULL;
