-- Replies that wait, by the endpoint they go to: each endpoint has its own budget of calls, so
-- the sender asks for one endpoint's earliest due reply at a time.

DROP INDEX replies_waiting;

CREATE INDEX replies_waiting ON replies (connector, endpoint, next_attempt_at)
  WHERE state IN ('queued', 'sending', 'retry_wait', 'unknown');
