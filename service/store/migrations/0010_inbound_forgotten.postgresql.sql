-- What a mail said is forgotten, once it is settled and its time is over: when, for each. Its digest stays with the mail.

CREATE TABLE inbound_forgotten (
    mail_id   text COLLATE "C" NOT NULL PRIMARY KEY REFERENCES inbound_mail (id),
    forgotten bigint NOT NULL
);

CREATE INDEX inbound_mail_settled ON inbound_mail (settled, id) WHERE state = 'settled';

CREATE FUNCTION refuse_unless_settled() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (SELECT 1 FROM inbound_mail WHERE id = NEW.mail_id AND state = 'settled') THEN
        RAISE EXCEPTION 'append-only';
    END IF;
    RETURN NEW;
END $$;
CREATE FUNCTION refuse_unless_forgotten() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (SELECT 1 FROM inbound_forgotten WHERE mail_id = OLD.mail_id) THEN
        RAISE EXCEPTION 'append-only';
    END IF;
    RETURN OLD;
END $$;

CREATE TRIGGER inbound_forgotten_is_settled BEFORE INSERT ON inbound_forgotten
    FOR EACH ROW EXECUTE FUNCTION refuse_unless_settled();
CREATE TRIGGER inbound_forgotten_is_fixed BEFORE UPDATE OR DELETE ON inbound_forgotten
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
DROP TRIGGER inbound_raw_is_fixed ON inbound_raw;
CREATE TRIGGER inbound_raw_is_fixed BEFORE UPDATE ON inbound_raw
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER inbound_raw_is_kept BEFORE DELETE ON inbound_raw
    FOR EACH ROW EXECUTE FUNCTION refuse_unless_forgotten();
