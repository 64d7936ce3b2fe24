/** Each step brings the file from one `user_version` to the next. Steps are added, never changed. */
export const SQLITE_MIGRATIONS = [
  `
  CREATE TABLE jobs (
    id TEXT PRIMARY KEY,
    client TEXT NOT NULL,
    created_at TEXT NOT NULL,
    status TEXT NOT NULL,
    done INTEGER NOT NULL,
    model TEXT NOT NULL,
    expires_at TEXT NOT NULL,
    document TEXT NOT NULL,
    stored_prediction TEXT
  ) STRICT;
  CREATE INDEX jobs_by_client ON jobs (client, created_at, id);
  CREATE INDEX jobs_by_status ON jobs (client, status, created_at, id);
  CREATE INDEX jobs_by_model ON jobs (client, model, created_at, id);
  CREATE INDEX jobs_unfinished ON jobs (created_at, id) WHERE done = 0;
  CREATE INDEX jobs_by_expiry ON jobs (expires_at);

  CREATE TABLE job_tags (
    client TEXT NOT NULL,
    tag TEXT NOT NULL,
    created_at TEXT NOT NULL,
    id TEXT NOT NULL REFERENCES jobs ON DELETE CASCADE,
    PRIMARY KEY (client, tag, created_at, id)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX job_tags_by_job ON job_tags (id);

  CREATE TABLE webhook_secrets (client TEXT PRIMARY KEY, secret TEXT NOT NULL) STRICT;

  CREATE VIEW requests AS
  SELECT
    id AS request_id,
    document ->> '$.image_name' AS image_name,
    document ->> '$.prediction' AS prediction,
    document ->> '$.confidence' AS confidence,
    created_at AS timestamp,
    document ->> '$.processing_time' AS processing_time,
    document ->> '$.user_ip' AS user_ip
  FROM jobs;
  `,

  `
  ALTER TABLE jobs ADD COLUMN deadline_at TEXT;
  ALTER TABLE jobs ADD COLUMN dead INTEGER NOT NULL DEFAULT 0;
  ALTER TABLE jobs ADD COLUMN batch TEXT;
  UPDATE jobs SET
    dead = (status = 'failed'),
    document = json_set(document,
      '$.priority', 'interactive',
      '$.queue', NULL,
      '$.deadline_at', NULL,
      '$.retry_of', NULL,
      '$.batch', NULL,
      '$.dead', json(iif(status = 'failed', 'true', 'false')),
      '$.links.events', '/v1/jobs/' || id || '/events'
    );
  CREATE INDEX jobs_by_deadline ON jobs (deadline_at, id) WHERE done = 0 AND deadline_at IS NOT NULL;
  CREATE INDEX jobs_dead ON jobs (created_at, id) WHERE dead = 1;
  CREATE INDEX jobs_by_batch ON jobs (client, batch, created_at, id) WHERE batch IS NOT NULL;
  CREATE INDEX jobs_counted_by_batch ON jobs (batch, status) WHERE batch IS NOT NULL;

  ALTER TABLE webhook_secrets RENAME COLUMN secret TO "current";
  ALTER TABLE webhook_secrets ADD COLUMN previous TEXT;
  ALTER TABLE webhook_secrets ADD COLUMN previous_until TEXT;

  CREATE TABLE deliveries (
    id TEXT PRIMARY KEY,
    client TEXT NOT NULL,
    job_id TEXT,
    batch_id TEXT,
    created_at TEXT NOT NULL,
    due_at TEXT,
    expires_at TEXT NOT NULL,
    document TEXT NOT NULL
  ) STRICT;
  CREATE INDEX deliveries_by_client ON deliveries (client, created_at, id);
  CREATE INDEX deliveries_by_job ON deliveries (job_id, created_at, id) WHERE job_id IS NOT NULL;
  CREATE INDEX deliveries_by_batch ON deliveries (batch_id) WHERE batch_id IS NOT NULL;
  CREATE INDEX deliveries_due ON deliveries (due_at, id) WHERE due_at IS NOT NULL;
  CREATE INDEX deliveries_by_expiry ON deliveries (expires_at);

  CREATE TABLE receivers (
    client TEXT NOT NULL,
    url TEXT NOT NULL,
    failing_since TEXT,
    disabled_at TEXT,
    reason TEXT,
    PRIMARY KEY (client, url)
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE batches (
    id TEXT PRIMARY KEY,
    created_at TEXT NOT NULL,
    done INTEGER NOT NULL,
    expires_at TEXT NOT NULL,
    document TEXT NOT NULL
  ) STRICT;
  CREATE INDEX batches_unfinished ON batches (created_at, id) WHERE done = 0;
  CREATE INDEX batches_by_expiry ON batches (expires_at, id);

  CREATE TABLE idempotency_keys (
    client TEXT NOT NULL,
    key TEXT NOT NULL,
    fingerprint TEXT NOT NULL,
    job_id TEXT NOT NULL,
    claimed_at TEXT NOT NULL,
    expires_at TEXT NOT NULL,
    PRIMARY KEY (client, key)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX idempotency_keys_by_expiry ON idempotency_keys (expires_at);
  `,

  `
  CREATE TABLE model_aliases (
    model TEXT NOT NULL,
    alias TEXT NOT NULL,
    version TEXT NOT NULL,
    set_at TEXT NOT NULL,
    set_by TEXT NOT NULL,
    PRIMARY KEY (model, alias)
  ) STRICT, WITHOUT ROWID;
  `,

  `
  ALTER TABLE idempotency_keys ADD COLUMN erased INTEGER NOT NULL DEFAULT 0;
  CREATE INDEX idempotency_keys_by_job ON idempotency_keys (job_id);
  `,

  `
  CREATE TABLE api_keys (
    id TEXT PRIMARY KEY,
    created_at TEXT NOT NULL,
    document TEXT NOT NULL
  ) STRICT;
  CREATE INDEX api_keys_by_time ON api_keys (created_at, id);

  CREATE TABLE audit (
    id TEXT PRIMARY KEY,
    created_at TEXT NOT NULL,
    expires_at TEXT NOT NULL,
    document TEXT NOT NULL
  ) STRICT;
  CREATE INDEX audit_by_time ON audit (created_at, id);
  CREATE INDEX audit_by_expiry ON audit (expires_at);
  CREATE TRIGGER audit_is_not_changed BEFORE UPDATE ON audit
  BEGIN SELECT RAISE(ABORT, 'audit records are not changed'); END;
  `,

  `
  CREATE TABLE erasures (
    id TEXT PRIMARY KEY,
    status TEXT NOT NULL,
    created_at TEXT NOT NULL,
    expires_at TEXT NOT NULL,
    document TEXT NOT NULL
  ) STRICT;
  CREATE INDEX erasures_running ON erasures (created_at, id) WHERE status = 'running';
  CREATE INDEX erasures_by_expiry ON erasures (expires_at);
  `,

  `
  UPDATE jobs SET document = json_set(document, '$.links.annotated', '/v1/jobs/' || id || '/annotated');
  `,

  `
  CREATE INDEX batches_by_client ON batches (document ->> '$.client', created_at);
  `,
]
