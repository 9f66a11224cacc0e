-- Mail taken from our boxes: what it was, where it lay, and what came of it. Instants are microseconds since 1970, UTC.

CREATE TABLE inbound_mail (
    id          TEXT    NOT NULL PRIMARY KEY,
    box         TEXT    NOT NULL,
    -- SHA-256 of what makes the mail itself, without the traces of its way: the same mail twice is one row.
    sameness    BLOB    NOT NULL,
    -- SHA-256 of the bytes kept, and how long the mail is in its box: more than was kept when it was too long to take.
    digest      BLOB    NOT NULL,
    size        INTEGER NOT NULL,
    message_id  TEXT    NOT NULL,
    kept        INTEGER NOT NULL,
    -- What moves: waiting, settled or quarantined.
    state       TEXT    NOT NULL,
    -- When it may be read; while somebody reads it: when the lease ends.
    due         INTEGER NOT NULL,
    -- Leases given so far.
    tries       INTEGER NOT NULL,
    token       TEXT    NOT NULL,
    -- What it was found to be, and a word on why; empty until settled.
    kind        TEXT    NOT NULL,
    code        TEXT    NOT NULL,
    -- The envelope that it answers, and its act; empty when it answers none of ours.
    envelope_id TEXT    NOT NULL,
    act         TEXT    NOT NULL,
    -- JSON: what may be shown of it.
    shown       TEXT    NOT NULL,
    -- 0 until settled.
    settled     INTEGER NOT NULL,
    UNIQUE (box, sameness)
) STRICT;

CREATE INDEX inbound_mail_waiting ON inbound_mail (due, id) WHERE state = 'waiting';
CREATE INDEX inbound_mail_by_age ON inbound_mail (box, kept, id);
CREATE INDEX inbound_mail_by_act ON inbound_mail (act) WHERE act <> '';

-- The bytes, apart: what moves is written often, they never are.
CREATE TABLE inbound_raw (
    mail_id TEXT NOT NULL PRIMARY KEY REFERENCES inbound_mail (id),
    raw     BLOB NOT NULL
) STRICT;

-- Every place where a mail was seen; a box numbered anew shows the same mails in other places.
CREATE TABLE inbound_place (
    box      TEXT    NOT NULL,
    validity INTEGER NOT NULL,
    uid      INTEGER NOT NULL,
    mail_id  TEXT    NOT NULL REFERENCES inbound_mail (id),
    PRIMARY KEY (box, validity, uid)
) STRICT, WITHOUT ROWID;

CREATE TRIGGER inbound_mail_is_kept BEFORE DELETE ON inbound_mail
BEGIN SELECT RAISE(ABORT, 'append-only'); END;
CREATE TRIGGER inbound_mail_is_fixed BEFORE UPDATE OF id, box, sameness, digest, size, message_id, kept ON inbound_mail
BEGIN SELECT RAISE(ABORT, 'append-only'); END;
CREATE TRIGGER inbound_raw_is_kept BEFORE DELETE ON inbound_raw
BEGIN SELECT RAISE(ABORT, 'append-only'); END;
CREATE TRIGGER inbound_raw_is_fixed BEFORE UPDATE ON inbound_raw
BEGIN SELECT RAISE(ABORT, 'append-only'); END;
CREATE TRIGGER inbound_place_is_kept BEFORE DELETE ON inbound_place
BEGIN SELECT RAISE(ABORT, 'append-only'); END;
CREATE TRIGGER inbound_place_is_fixed BEFORE UPDATE ON inbound_place
BEGIN SELECT RAISE(ABORT, 'append-only'); END;
