-- Envelopes are claimed by destination, and one may follow another; where each worker's lanes stand is told to all.

DROP INDEX envelope_pending;
CREATE INDEX envelope_due ON envelope (destination, next_attempt, document_id, id)
    WHERE state IN ('queued', 'sending', 'in-doubt');

-- The envelope that must have come to its end before this one starts; empty when there is none.
ALTER TABLE envelope ADD COLUMN follows TEXT NOT NULL DEFAULT '';

CREATE TRIGGER envelope_follows_for_good BEFORE UPDATE OF follows ON envelope
BEGIN SELECT RAISE(ABORT, 'append-only'); END;

CREATE TABLE delivery_lane (
    worker      TEXT    NOT NULL,
    destination TEXT    NOT NULL,
    -- closed, open or half-open: the circuit breaker; and since when.
    standing    TEXT    NOT NULL,
    since       INTEGER NOT NULL,
    -- Attempts under way or about to begin, and recipients that are left alone for a while.
    held        INTEGER NOT NULL,
    paused      INTEGER NOT NULL,
    -- When the worker last said so.
    seen        INTEGER NOT NULL,
    PRIMARY KEY (worker, destination)
) STRICT, WITHOUT ROWID;
