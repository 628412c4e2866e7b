-- What a note on a ticket shows. The revision of a reply is that of the text that is wanted, which may differ from the one
-- that is there: an edit may wait, or the platform may have refused it.

-- of the text that was being sent last
ALTER TABLE replies ADD COLUMN sending_revision INTEGER NOT NULL DEFAULT 0;
-- of the text on the ticket; absent where no note of ours is known to be there
ALTER TABLE replies ADD COLUMN posted_revision INTEGER;

-- Where an edit waits or was given up, the note shows an older revision than is wanted, most likely the one before.
UPDATE replies SET sending_revision = revision,
  posted_revision = CASE
    WHEN sent_at IS NULL OR state = 'withdrawn' THEN NULL
    WHEN action = 'post' AND external_reply_id IS NULL AND state IN ('queued', 'sending', 'retry_wait', 'unknown') THEN NULL
    WHEN action = 'edit' AND state <> 'sent' THEN MAX(revision - 1, 0)
    ELSE revision END
WHERE kind IN ('note', 'public');

-- A note that was muted while its edit waited is still on its ticket.
UPDATE replies SET state = 'sent', action = 'post', posted_revision = MAX(revision - 1, 0)
WHERE state = 'withdrawn' AND last_error = 'muted' AND external_reply_id IS NOT NULL AND kind IN ('note', 'public');

-- A note that is there is edited and not posted.
UPDATE replies SET action = 'edit'
WHERE action = 'post' AND external_reply_id IS NOT NULL AND state IN ('queued', 'sending', 'retry_wait', 'unknown')
  AND kind IN ('note', 'public');

-- Of a call that broke off nobody knows whether it was carried out.
UPDATE replies SET check_first = 1 WHERE state = 'dead' AND last_error LIKE 'unknown%' AND kind IN ('note', 'public');
