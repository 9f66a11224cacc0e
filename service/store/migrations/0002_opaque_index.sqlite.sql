-- Versions get their place in the order of all writing; the index knows terms and spaces by number, and forgets their
-- names. It is empty after this: whoever names the terms fills it again.

CREATE TABLE numbered_version (
    -- In the order of writing; never given twice, for nothing is ever deleted.
    number   INTEGER NOT NULL PRIMARY KEY,
    type     TEXT    NOT NULL,
    id       TEXT    NOT NULL,
    version  INTEGER NOT NULL CHECK (version > 0),
    recorded INTEGER NOT NULL,
    -- The link that proves this version.
    chain    TEXT    NOT NULL,
    sequence INTEGER NOT NULL,
    -- Exact bytes; empty when this version deletes the resource.
    body     BLOB    NOT NULL,
    UNIQUE (type, id, version)
) STRICT;

INSERT INTO numbered_version (type, id, version, recorded, chain, sequence, body)
SELECT type, id, version, recorded, chain, sequence, body FROM resource_version ORDER BY recorded, rowid;

DROP TABLE resource_version;
ALTER TABLE numbered_version RENAME TO resource_version;

CREATE TRIGGER resource_version_is_kept BEFORE DELETE ON resource_version
BEGIN SELECT RAISE(ABORT, 'append-only'); END;
CREATE TRIGGER resource_version_is_fixed BEFORE UPDATE ON resource_version
BEGIN SELECT RAISE(ABORT, 'append-only'); END;

CREATE INDEX resource_version_by_recorded ON resource_version (recorded, number);

DROP TABLE index_token;
DROP TABLE index_date;

-- Index entries find current versions only, by their number.
CREATE TABLE index_term (
    term   INTEGER NOT NULL,
    number INTEGER NOT NULL,
    PRIMARY KEY (term, number)
) STRICT, WITHOUT ROWID;

CREATE TABLE index_span (
    space  INTEGER NOT NULL,
    low    INTEGER NOT NULL,
    high   INTEGER NOT NULL,
    number INTEGER NOT NULL,
    PRIMARY KEY (number, space, low, high)
) STRICT, WITHOUT ROWID;

CREATE INDEX index_span_by_low ON index_span (space, low, number, high);

-- Under number 0, the different texts in use: they are known, and find nothing themselves.
CREATE TABLE index_text (
    space  INTEGER NOT NULL,
    text   TEXT    NOT NULL,
    number INTEGER NOT NULL,
    PRIMARY KEY (number, space, text)
) STRICT, WITHOUT ROWID;

CREATE INDEX index_text_by_text ON index_text (space, text, number);

-- One bit for each thing that a version says anything of.
CREATE TABLE index_mask (
    number INTEGER NOT NULL PRIMARY KEY,
    mask   INTEGER NOT NULL
) STRICT;

-- The vocabulary that the entries are written in: one row, none before the index was first filled.
CREATE TABLE index_vocabulary (
    name TEXT NOT NULL PRIMARY KEY
) STRICT, WITHOUT ROWID;
