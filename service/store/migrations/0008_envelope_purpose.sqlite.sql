-- What an envelope is sent for: published, published in place of a former version, withdrawn.

ALTER TABLE envelope ADD COLUMN purpose TEXT NOT NULL DEFAULT 'publish';

CREATE TRIGGER envelope_purpose_for_good BEFORE UPDATE OF purpose ON envelope
BEGIN SELECT RAISE(ABORT, 'append-only'); END;
