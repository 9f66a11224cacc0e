-- Terms that begin alike stand together, in the order of writing. The index of terms is empty after this: whoever names
-- the terms fills it again.
DROP TABLE index_term;

CREATE TABLE index_term (
    -- The first 32 bits of the term, signed.
    place  INTEGER NOT NULL,
    number INTEGER NOT NULL,
    -- The last 32, not signed.
    rest   INTEGER NOT NULL,
    PRIMARY KEY (place, number, rest)
) STRICT, WITHOUT ROWID;

DELETE FROM index_vocabulary;
