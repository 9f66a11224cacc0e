-- Subscriptions: what each watches for, the events it was found to have, and how far its target was notified.

CREATE TABLE subscription (
    id        text COLLATE "C" NOT NULL PRIMARY KEY,
    -- The version of the resource that says so.
    number    bigint NOT NULL,
    -- requested, active, error or off.
    standing  text COLLATE "C" NOT NULL,
    -- 1 while what is written may be an event of it.
    watching  bigint NOT NULL,
    type      text COLLATE "C" NOT NULL,
    -- JSON: terms of which one each must be there, terms of which none may be, whether only on becoming so.
    watched   text NOT NULL,
    -- Microseconds of silence before a sign of life; 0 for none.
    beat      bigint NOT NULL,
    ends      bigint NOT NULL,
    -- Number of the last event, and of the last one that the target has.
    last      bigint NOT NULL,
    delivered bigint NOT NULL,
    -- When the next attempt may be made; while one is under way: when its lease ends.
    due       bigint NOT NULL,
    -- Attempts since the last success, since when they fail (0 when they do not), and the last failure's code.
    attempts  bigint NOT NULL,
    failing   bigint NOT NULL,
    code      text NOT NULL,
    -- Fencing token of the running attempt; empty when there is none.
    token     text NOT NULL
);

CREATE INDEX subscription_due ON subscription (due, id) WHERE standing IN ('requested', 'active');

-- Numbered from 1 for each subscription, without a hole.
CREATE TABLE subscription_event (
    subscription text COLLATE "C" NOT NULL REFERENCES subscription (id),
    event        bigint NOT NULL CHECK (event > 0),
    -- The version that the event is about.
    number       bigint NOT NULL,
    PRIMARY KEY (subscription, event)
);

-- One row, one more at each change of a watch.
CREATE TABLE subscription_change (
    number bigint NOT NULL PRIMARY KEY
);

INSERT INTO subscription_change (number) VALUES (0);

CREATE TRIGGER subscription_event_is_fixed BEFORE UPDATE OR DELETE ON subscription_event
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
