-- One row: the store's own id, and the counter from which revisions come.
CREATE TABLE store (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  store_id TEXT NOT NULL,
  revision INTEGER NOT NULL,   -- the newest; 0 before the first
  time_us INTEGER NOT NULL     -- of the newest revision; never goes back
) STRICT;

-- Resources as they are.
CREATE TABLE resources (
  key TEXT NOT NULL UNIQUE,
  plan TEXT NOT NULL,
  agency TEXT NOT NULL,
  type TEXT NOT NULL,
  image BLOB NOT NULL,
  revision INTEGER NOT NULL,
  logged INTEGER NOT NULL
) STRICT;
CREATE INDEX resources_by_agency ON resources (agency, key);
CREATE INDEX resources_by_plan ON resources (plan, key);

-- One row a revision.
CREATE TABLE commits (
  revision INTEGER PRIMARY KEY,
  time_us INTEGER NOT NULL
) STRICT;

-- Each changed resource of a revision as it was then; kept for ever.
CREATE TABLE events (
  revision INTEGER NOT NULL REFERENCES commits (revision),
  ordinal INTEGER NOT NULL,
  key TEXT NOT NULL,
  plan TEXT NOT NULL,
  agency TEXT NOT NULL,
  type TEXT NOT NULL,
  image BLOB NOT NULL,
  deleted INTEGER NOT NULL,
  PRIMARY KEY (revision, ordinal)
) STRICT;
CREATE INDEX events_by_key ON events (key, revision);
CREATE INDEX events_by_plan ON events (plan, key, revision);
