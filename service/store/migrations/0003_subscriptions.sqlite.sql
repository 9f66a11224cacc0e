-- Subscriptions: what each watches for, the events it was found to have, and how far its target was notified.

CREATE TABLE subscription (
    id        TEXT    NOT NULL PRIMARY KEY,
    -- The version of the resource that says so.
    number    INTEGER NOT NULL,
    -- requested, active, error or off.
    standing  TEXT    NOT NULL,
    -- 1 while what is written may be an event of it.
    watching  INTEGER NOT NULL,
    type      TEXT    NOT NULL,
    -- JSON: terms of which one each must be there, terms of which none may be, whether only on becoming so.
    watched   TEXT    NOT NULL,
    -- Microseconds of silence before a sign of life; 0 for none.
    beat      INTEGER NOT NULL,
    ends      INTEGER NOT NULL,
    -- Number of the last event, and of the last one that the target has.
    last      INTEGER NOT NULL,
    delivered INTEGER NOT NULL,
    -- When the next attempt may be made; while one is under way: when its lease ends.
    due       INTEGER NOT NULL,
    -- Attempts since the last success, since when they fail (0 when they do not), and the last failure's code.
    attempts  INTEGER NOT NULL,
    failing   INTEGER NOT NULL,
    code      TEXT    NOT NULL,
    -- Fencing token of the running attempt; empty when there is none.
    token     TEXT    NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX subscription_due ON subscription (due, id) WHERE standing IN ('requested', 'active');

-- Numbered from 1 for each subscription, without a hole.
CREATE TABLE subscription_event (
    subscription TEXT    NOT NULL REFERENCES subscription (id),
    event        INTEGER NOT NULL CHECK (event > 0),
    -- The version that the event is about.
    number       INTEGER NOT NULL,
    PRIMARY KEY (subscription, event)
) STRICT, WITHOUT ROWID;

-- One row, one more at each change of a watch.
CREATE TABLE subscription_change (
    number INTEGER NOT NULL PRIMARY KEY
) STRICT;

INSERT INTO subscription_change (number) VALUES (0);

CREATE TRIGGER subscription_event_is_kept BEFORE DELETE ON subscription_event
BEGIN SELECT RAISE(ABORT, 'append-only'); END;
CREATE TRIGGER subscription_event_is_fixed BEFORE UPDATE ON subscription_event
BEGIN SELECT RAISE(ABORT, 'append-only'); END;
