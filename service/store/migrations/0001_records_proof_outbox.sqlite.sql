-- Records, proof and outbox. Instants are microseconds since 1970, UTC.

CREATE TABLE resource_version (
    type     TEXT    NOT NULL,
    id       TEXT    NOT NULL,
    version  INTEGER NOT NULL CHECK (version > 0),
    recorded INTEGER NOT NULL,
    -- The link that proves this version.
    chain    TEXT    NOT NULL,
    sequence INTEGER NOT NULL,
    -- Exact bytes; empty when this version deletes the resource.
    body     BLOB    NOT NULL,
    PRIMARY KEY (type, id, version)
) STRICT;

-- Index entries of current versions only. The value comes before the system, which a search may leave open, and before
-- the type: what one act says of one patient lies together, on few pages of the log.
CREATE TABLE index_token (
    type   TEXT NOT NULL,
    param  TEXT NOT NULL,
    value  TEXT NOT NULL,
    id     TEXT NOT NULL,
    system TEXT NOT NULL,
    PRIMARY KEY (param, value, type, id, system)
) STRICT, WITHOUT ROWID;

CREATE TABLE index_date (
    type  TEXT    NOT NULL,
    param TEXT    NOT NULL,
    id    TEXT    NOT NULL,
    low   INTEGER NOT NULL,
    high  INTEGER NOT NULL,
    PRIMARY KEY (id, type, param, low, high)
) STRICT, WITHOUT ROWID;

CREATE INDEX index_date_by_low ON index_date (type, param, low, high, id);

CREATE TABLE request (
    scope       TEXT    NOT NULL,
    key         TEXT    NOT NULL,
    fingerprint BLOB    NOT NULL,
    status      INTEGER NOT NULL,
    answer      BLOB    NOT NULL,
    recorded    INTEGER NOT NULL,
    PRIMARY KEY (scope, key)
) STRICT, WITHOUT ROWID;

CREATE TABLE chain_head (
    chain    TEXT    NOT NULL PRIMARY KEY,
    sequence INTEGER NOT NULL,
    digest   BLOB    NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE chain_link (
    chain     TEXT    NOT NULL,
    sequence  INTEGER NOT NULL CHECK (sequence > 0),
    reference TEXT    NOT NULL,
    content   BLOB    NOT NULL,
    previous  BLOB    NOT NULL,
    recorded  INTEGER NOT NULL,
    digest    BLOB    NOT NULL,
    PRIMARY KEY (chain, sequence)
) STRICT, WITHOUT ROWID;

CREATE TABLE document (
    id        TEXT    NOT NULL PRIMARY KEY,
    act       TEXT    NOT NULL,
    chain     TEXT    NOT NULL,
    unique_id TEXT    NOT NULL UNIQUE,
    set_id    TEXT    NOT NULL,
    version   INTEGER NOT NULL,
    created   INTEGER NOT NULL,
    -- Link that proves the identity of the document and of the envelopes made with it.
    sequence  INTEGER NOT NULL,
    UNIQUE (set_id, version)
) STRICT, WITHOUT ROWID;

CREATE INDEX document_by_act ON document (act);

CREATE TABLE document_seal (
    document_id TEXT    NOT NULL PRIMARY KEY REFERENCES document (id),
    sealed      INTEGER NOT NULL,
    sequence    INTEGER NOT NULL,
    cda         BLOB    NOT NULL,
    pdf         BLOB    NOT NULL
) STRICT;

CREATE TABLE envelope (
    id            TEXT    NOT NULL PRIMARY KEY,
    document_id   TEXT    NOT NULL REFERENCES document (id),
    destination   TEXT    NOT NULL,
    recipient     TEXT    NOT NULL,
    submission_id TEXT    NOT NULL,
    message_id    TEXT    NOT NULL,
    set_uuid      TEXT    NOT NULL,
    entry_uuid    TEXT    NOT NULL,
    created       INTEGER NOT NULL,
    deadline      INTEGER NOT NULL,
    -- Link that proves this envelope's identity.
    sequence      INTEGER NOT NULL,
    -- What moves: the rest of the row never changes.
    state         TEXT    NOT NULL,
    attempts      INTEGER NOT NULL,
    -- While sending: when the lease ends.
    next_attempt  INTEGER NOT NULL,
    -- Fencing token of the running attempt; empty when there is none.
    token         TEXT    NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX envelope_by_document ON envelope (document_id);
CREATE INDEX envelope_by_state ON envelope (destination, state);
CREATE UNIQUE INDEX envelope_by_message ON envelope (message_id) WHERE message_id <> '';
CREATE INDEX envelope_pending ON envelope (next_attempt, document_id, id) WHERE state IN ('queued', 'sending', 'in-doubt');

CREATE TABLE envelope_seal (
    envelope_id TEXT    NOT NULL PRIMARY KEY REFERENCES envelope (id),
    sealed      INTEGER NOT NULL,
    sequence    INTEGER NOT NULL,
    sha256      BLOB    NOT NULL,
    payload     BLOB    NOT NULL
) STRICT;

CREATE TABLE attempt (
    envelope_id TEXT    NOT NULL REFERENCES envelope (id),
    number      INTEGER NOT NULL CHECK (number > 0),
    -- Empty, like worker, when no lease made it: a bounce, a cancellation.
    token       TEXT    NOT NULL,
    worker      TEXT    NOT NULL,
    started     INTEGER NOT NULL,
    -- From here on NULL until settled.
    finished    INTEGER,
    outcome     TEXT,
    code        TEXT,
    receiver_id TEXT,
    raw         BLOB,
    state       TEXT,
    sequence    INTEGER,
    PRIMARY KEY (envelope_id, number)
) STRICT;

CREATE TRIGGER resource_version_is_kept BEFORE DELETE ON resource_version
BEGIN SELECT RAISE(ABORT, 'append-only'); END;
CREATE TRIGGER resource_version_is_fixed BEFORE UPDATE ON resource_version
BEGIN SELECT RAISE(ABORT, 'append-only'); END;
CREATE TRIGGER chain_link_is_kept BEFORE DELETE ON chain_link
BEGIN SELECT RAISE(ABORT, 'append-only'); END;
CREATE TRIGGER chain_link_is_fixed BEFORE UPDATE ON chain_link
BEGIN SELECT RAISE(ABORT, 'append-only'); END;
CREATE TRIGGER document_is_kept BEFORE DELETE ON document
BEGIN SELECT RAISE(ABORT, 'append-only'); END;
CREATE TRIGGER document_is_fixed BEFORE UPDATE ON document
BEGIN SELECT RAISE(ABORT, 'append-only'); END;
CREATE TRIGGER document_seal_is_kept BEFORE DELETE ON document_seal
BEGIN SELECT RAISE(ABORT, 'append-only'); END;
CREATE TRIGGER document_seal_is_fixed BEFORE UPDATE ON document_seal
BEGIN SELECT RAISE(ABORT, 'append-only'); END;
CREATE TRIGGER envelope_is_kept BEFORE DELETE ON envelope
BEGIN SELECT RAISE(ABORT, 'append-only'); END;
CREATE TRIGGER envelope_is_fixed BEFORE UPDATE OF
    id, document_id, destination, recipient, submission_id, message_id, set_uuid, entry_uuid, created, deadline, sequence
ON envelope
BEGIN SELECT RAISE(ABORT, 'append-only'); END;
CREATE TRIGGER envelope_seal_is_kept BEFORE DELETE ON envelope_seal
BEGIN SELECT RAISE(ABORT, 'append-only'); END;
CREATE TRIGGER envelope_seal_is_fixed BEFORE UPDATE ON envelope_seal
BEGIN SELECT RAISE(ABORT, 'append-only'); END;
CREATE TRIGGER attempt_is_kept BEFORE DELETE ON attempt
BEGIN SELECT RAISE(ABORT, 'append-only'); END;
CREATE TRIGGER attempt_is_settled_once BEFORE UPDATE ON attempt WHEN OLD.finished IS NOT NULL
BEGIN SELECT RAISE(ABORT, 'append-only'); END;
