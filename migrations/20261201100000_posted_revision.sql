-- What a note on a ticket shows. The revision of a reply is that of the text that is wanted, which may differ from the one
-- that is there: an edit may wait, or the platform may have refused it.

-- of the text that was being sent last
ALTER TABLE replies ADD COLUMN sending_revision INTEGER NOT NULL DEFAULT 0;
-- of the text on the ticket; absent where no note of ours is known to be there
ALTER TABLE replies ADD COLUMN posted_revision INTEGER;

UPDATE replies SET sending_revision = revision,
  posted_revision = CASE WHEN sent_at IS NOT NULL AND state <> 'withdrawn' THEN revision END
WHERE kind IN ('note', 'public');
