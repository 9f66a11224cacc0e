-- Bulk exports: jobs done in slices, and the files that they have come to. Instants are microseconds since 1970, UTC.

CREATE TABLE export_job (
    id       text COLLATE "C" NOT NULL PRIMARY KEY,
    -- Who asked; nobody else is answered.
    client   text COLLATE "C" NOT NULL,
    rpps     text COLLATE "C" NOT NULL,
    -- The instant that the export tells as its own, and the last version that was written by then.
    started  bigint NOT NULL,
    number   bigint NOT NULL,
    -- What was asked, JSON; empty once the files are gone: it may name patients.
    asked    bytea NOT NULL,
    state    text COLLATE "C" NOT NULL,
    -- Everything up to this version is in the files.
    reached  bigint NOT NULL,
    -- Leases given so far, and how many of them ended in a defect.
    attempts bigint NOT NULL,
    failures bigint NOT NULL,
    -- Fencing token of the running lease, and its end.
    token    text COLLATE "C" NOT NULL,
    leased   bigint NOT NULL,
    -- When the files go; 0 while it is not known.
    expires  bigint NOT NULL,
    -- 1 once they are gone.
    removed  bigint NOT NULL
);

CREATE INDEX export_job_kept ON export_job (state, leased) WHERE removed = 0;
-- What a later export goes on from: rows stay when the files are gone.
CREATE INDEX export_job_by_start ON export_job (started, number);

CREATE TABLE export_file (
    job_id  text COLLATE "C" NOT NULL REFERENCES export_job (id),
    number  bigint NOT NULL,
    -- output, deleted or error.
    kind    text COLLATE "C" NOT NULL,
    type    text COLLATE "C" NOT NULL,
    -- The lease that wrote it.
    attempt bigint NOT NULL,
    -- Lines, bytes on disk that count, bytes once inflated and their CRC-32.
    count   bigint NOT NULL,
    length  bigint NOT NULL,
    size    bigint NOT NULL,
    crc     bigint NOT NULL,
    PRIMARY KEY (job_id, number)
);
