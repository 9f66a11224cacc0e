-- Mail taken from our boxes: what it was, where it lay, and what came of it. Instants are microseconds since 1970, UTC.

CREATE TABLE inbound_mail (
    id          text COLLATE "C" NOT NULL PRIMARY KEY,
    box         text COLLATE "C" NOT NULL,
    -- SHA-256 of what makes the mail itself, without the traces of its way: the same mail twice is one row.
    sameness    bytea NOT NULL,
    -- SHA-256 of the bytes kept, and how long the mail is in its box: more than was kept when it was too long to take.
    digest      bytea NOT NULL,
    size        bigint NOT NULL,
    message_id  text COLLATE "C" NOT NULL,
    kept        bigint NOT NULL,
    -- What moves: waiting, settled or quarantined.
    state       text COLLATE "C" NOT NULL,
    -- When it may be read; while somebody reads it: when the lease ends.
    due         bigint NOT NULL,
    -- Leases given so far.
    tries       bigint NOT NULL,
    token       text COLLATE "C" NOT NULL,
    -- What it was found to be, and a word on why; empty until settled.
    kind        text COLLATE "C" NOT NULL,
    code        text COLLATE "C" NOT NULL,
    -- The envelope that it answers, and its act; empty when it answers none of ours.
    envelope_id text COLLATE "C" NOT NULL,
    act         text COLLATE "C" NOT NULL,
    -- JSON: what may be shown of it.
    shown       text NOT NULL,
    -- 0 until settled.
    settled     bigint NOT NULL,
    UNIQUE (box, sameness)
);

CREATE INDEX inbound_mail_waiting ON inbound_mail (due, id) WHERE state = 'waiting';
CREATE INDEX inbound_mail_by_age ON inbound_mail (box, kept, id);
CREATE INDEX inbound_mail_by_act ON inbound_mail (act) WHERE act <> '';

-- The bytes, apart: what moves is written often, they never are.
CREATE TABLE inbound_raw (
    mail_id text COLLATE "C" NOT NULL PRIMARY KEY REFERENCES inbound_mail (id),
    raw     bytea NOT NULL
);

-- Every place where a mail was seen; a box numbered anew shows the same mails in other places.
CREATE TABLE inbound_place (
    box      text COLLATE "C" NOT NULL,
    validity bigint NOT NULL,
    uid      bigint NOT NULL,
    mail_id  text COLLATE "C" NOT NULL REFERENCES inbound_mail (id),
    PRIMARY KEY (box, validity, uid)
);

CREATE TRIGGER inbound_mail_is_kept BEFORE DELETE ON inbound_mail
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER inbound_mail_is_fixed BEFORE UPDATE OF id, box, sameness, digest, size, message_id, kept ON inbound_mail
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER inbound_raw_is_fixed BEFORE UPDATE OR DELETE ON inbound_raw
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER inbound_place_is_fixed BEFORE UPDATE OR DELETE ON inbound_place
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
