-- What a mail said is forgotten, once it is settled and its time is over: when, for each. Its digest stays with the mail.

CREATE TABLE inbound_forgotten (
    mail_id   TEXT    NOT NULL PRIMARY KEY REFERENCES inbound_mail (id),
    forgotten INTEGER NOT NULL
) STRICT;

CREATE INDEX inbound_mail_settled ON inbound_mail (settled, id) WHERE state = 'settled';

CREATE TRIGGER inbound_forgotten_is_settled BEFORE INSERT ON inbound_forgotten
WHEN NOT EXISTS (SELECT 1 FROM inbound_mail WHERE id = NEW.mail_id AND state = 'settled')
BEGIN SELECT RAISE(ABORT, 'append-only'); END;
CREATE TRIGGER inbound_forgotten_is_kept BEFORE DELETE ON inbound_forgotten
BEGIN SELECT RAISE(ABORT, 'append-only'); END;
CREATE TRIGGER inbound_forgotten_is_fixed BEFORE UPDATE ON inbound_forgotten
BEGIN SELECT RAISE(ABORT, 'append-only'); END;
DROP TRIGGER inbound_raw_is_kept;
CREATE TRIGGER inbound_raw_is_kept BEFORE DELETE ON inbound_raw
WHEN NOT EXISTS (SELECT 1 FROM inbound_forgotten WHERE mail_id = OLD.mail_id)
BEGIN SELECT RAISE(ABORT, 'append-only'); END;
