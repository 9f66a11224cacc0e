-- Records, proof and outbox: the same tables as for SQLite. COLLATE "C" gives both engines one order.

CREATE TABLE resource_version (
    type     text COLLATE "C" NOT NULL,
    id       text COLLATE "C" NOT NULL,
    version  bigint NOT NULL CHECK (version > 0),
    recorded bigint NOT NULL,
    -- The link that proves this version.
    chain    text COLLATE "C" NOT NULL,
    sequence bigint NOT NULL,
    -- Exact bytes; empty when this version deletes the resource.
    body     bytea NOT NULL,
    PRIMARY KEY (type, id, version)
);

-- Index entries of current versions only. The value comes before the system, which a search may leave open, and before
-- the type: what one act says of one patient lies together, on few pages of the log.
CREATE TABLE index_token (
    type   text COLLATE "C" NOT NULL,
    param  text COLLATE "C" NOT NULL,
    value  text COLLATE "C" NOT NULL,
    id     text COLLATE "C" NOT NULL,
    system text COLLATE "C" NOT NULL,
    PRIMARY KEY (param, value, type, id, system)
);

CREATE TABLE index_date (
    type  text COLLATE "C" NOT NULL,
    param text COLLATE "C" NOT NULL,
    id    text COLLATE "C" NOT NULL,
    low   bigint NOT NULL,
    high  bigint NOT NULL,
    PRIMARY KEY (id, type, param, low, high)
);

CREATE INDEX index_date_by_low ON index_date (type, param, low, high, id);

CREATE TABLE request (
    scope       text COLLATE "C" NOT NULL,
    key         text COLLATE "C" NOT NULL,
    fingerprint bytea NOT NULL,
    status      bigint NOT NULL,
    answer      bytea NOT NULL,
    recorded    bigint NOT NULL,
    PRIMARY KEY (scope, key)
);

CREATE TABLE chain_head (
    chain    text COLLATE "C" NOT NULL PRIMARY KEY,
    sequence bigint NOT NULL,
    digest   bytea NOT NULL
);

CREATE TABLE chain_link (
    chain     text COLLATE "C" NOT NULL,
    sequence  bigint NOT NULL CHECK (sequence > 0),
    reference text COLLATE "C" NOT NULL,
    content   bytea NOT NULL,
    previous  bytea NOT NULL,
    recorded  bigint NOT NULL,
    digest    bytea NOT NULL,
    PRIMARY KEY (chain, sequence)
);

CREATE TABLE document (
    id        text COLLATE "C" NOT NULL PRIMARY KEY,
    act       text COLLATE "C" NOT NULL,
    chain     text COLLATE "C" NOT NULL,
    unique_id text COLLATE "C" NOT NULL UNIQUE,
    set_id    text COLLATE "C" NOT NULL,
    version   bigint NOT NULL,
    created   bigint NOT NULL,
    -- Link that proves the identity of the document and of the envelopes made with it.
    sequence  bigint NOT NULL,
    UNIQUE (set_id, version)
);

CREATE INDEX document_by_act ON document (act);

CREATE TABLE document_seal (
    document_id text COLLATE "C" NOT NULL PRIMARY KEY REFERENCES document (id),
    sealed      bigint NOT NULL,
    sequence    bigint NOT NULL,
    cda         bytea NOT NULL,
    pdf         bytea NOT NULL
);

CREATE TABLE envelope (
    id            text COLLATE "C" NOT NULL PRIMARY KEY,
    document_id   text COLLATE "C" NOT NULL REFERENCES document (id),
    destination   text COLLATE "C" NOT NULL,
    recipient     text COLLATE "C" NOT NULL,
    submission_id text COLLATE "C" NOT NULL,
    message_id    text COLLATE "C" NOT NULL,
    set_uuid      text COLLATE "C" NOT NULL,
    entry_uuid    text COLLATE "C" NOT NULL,
    created       bigint NOT NULL,
    deadline      bigint NOT NULL,
    -- Link that proves this envelope's identity.
    sequence      bigint NOT NULL,
    -- What moves: the rest of the row never changes.
    state         text COLLATE "C" NOT NULL,
    attempts      bigint NOT NULL,
    -- While sending: when the lease ends.
    next_attempt  bigint NOT NULL,
    -- Fencing token of the running attempt; empty when there is none.
    token         text COLLATE "C" NOT NULL
);

CREATE INDEX envelope_by_document ON envelope (document_id);
CREATE INDEX envelope_by_state ON envelope (destination, state);
CREATE UNIQUE INDEX envelope_by_message ON envelope (message_id) WHERE message_id <> '';
CREATE INDEX envelope_pending ON envelope (next_attempt, document_id, id) WHERE state IN ('queued', 'sending', 'in-doubt');

CREATE TABLE envelope_seal (
    envelope_id text COLLATE "C" NOT NULL PRIMARY KEY REFERENCES envelope (id),
    sealed      bigint NOT NULL,
    sequence    bigint NOT NULL,
    sha256      bytea NOT NULL,
    payload     bytea NOT NULL
);

CREATE TABLE attempt (
    envelope_id text COLLATE "C" NOT NULL REFERENCES envelope (id),
    number      bigint NOT NULL CHECK (number > 0),
    -- Empty, like worker, when no lease made it: a bounce, a cancellation.
    token       text COLLATE "C" NOT NULL,
    worker      text COLLATE "C" NOT NULL,
    started     bigint NOT NULL,
    -- From here on NULL until settled.
    finished    bigint,
    outcome     text,
    code        text,
    receiver_id text,
    raw         bytea,
    state       text,
    sequence    bigint,
    PRIMARY KEY (envelope_id, number)
);

CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'append-only';
END
$$;

CREATE TRIGGER resource_version_is_fixed BEFORE UPDATE OR DELETE ON resource_version
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER chain_link_is_fixed BEFORE UPDATE OR DELETE ON chain_link
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER document_is_fixed BEFORE UPDATE OR DELETE ON document
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER document_seal_is_fixed BEFORE UPDATE OR DELETE ON document_seal
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER envelope_seal_is_fixed BEFORE UPDATE OR DELETE ON envelope_seal
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER envelope_is_kept BEFORE DELETE ON envelope
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER envelope_is_fixed BEFORE UPDATE OF
    id, document_id, destination, recipient, submission_id, message_id, set_uuid, entry_uuid, created, deadline, sequence
ON envelope
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER attempt_is_kept BEFORE DELETE ON attempt
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER attempt_is_settled_once BEFORE UPDATE ON attempt
    FOR EACH ROW WHEN (OLD.finished IS NOT NULL) EXECUTE FUNCTION refuse_change();
