-- Bulk exports: jobs done in slices, and the files that they have come to. Instants are microseconds since 1970, UTC.

CREATE TABLE export_job (
    id       TEXT    NOT NULL PRIMARY KEY,
    -- Who asked; nobody else is answered.
    client   TEXT    NOT NULL,
    rpps     TEXT    NOT NULL,
    -- The instant that the export tells as its own, and the last version that was written by then.
    started  INTEGER NOT NULL,
    number   INTEGER NOT NULL,
    -- What was asked, JSON; empty once the files are gone: it may name patients.
    asked    BLOB    NOT NULL,
    state    TEXT    NOT NULL,
    -- Everything up to this version is in the files.
    reached  INTEGER NOT NULL,
    -- Leases given so far, and how many of them ended in a defect.
    attempts INTEGER NOT NULL,
    failures INTEGER NOT NULL,
    -- Fencing token of the running lease, and its end.
    token    TEXT    NOT NULL,
    leased   INTEGER NOT NULL,
    -- When the files go; 0 while it is not known.
    expires  INTEGER NOT NULL,
    -- 1 once they are gone.
    removed  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX export_job_kept ON export_job (state, leased) WHERE removed = 0;
-- What a later export goes on from: rows stay when the files are gone.
CREATE INDEX export_job_by_start ON export_job (started, number);

CREATE TABLE export_file (
    job_id  TEXT    NOT NULL REFERENCES export_job (id),
    number  INTEGER NOT NULL,
    -- output, deleted or error.
    kind    TEXT    NOT NULL,
    type    TEXT    NOT NULL,
    -- The lease that wrote it.
    attempt INTEGER NOT NULL,
    -- Lines, bytes on disk that count, bytes once inflated and their CRC-32.
    count   INTEGER NOT NULL,
    length  INTEGER NOT NULL,
    size    INTEGER NOT NULL,
    crc     INTEGER NOT NULL,
    PRIMARY KEY (job_id, number)
) STRICT, WITHOUT ROWID;
