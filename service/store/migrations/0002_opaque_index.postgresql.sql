-- Versions get their place in the order of all writing; the index knows terms and spaces by number, and forgets their
-- names. It is empty after this: whoever names the terms fills it again.

DROP TRIGGER resource_version_is_fixed ON resource_version;
-- In the order of writing; never given twice, for nothing is ever deleted.
ALTER TABLE resource_version ADD COLUMN number bigint;
UPDATE resource_version v SET number = n.number
FROM (
    SELECT type, id, version, row_number() OVER (ORDER BY recorded, chain, sequence) AS number FROM resource_version
) AS n
WHERE n.type = v.type AND n.id = v.id AND n.version = v.version;
ALTER TABLE resource_version ALTER COLUMN number SET NOT NULL;
ALTER TABLE resource_version ADD UNIQUE (number);
CREATE TRIGGER resource_version_is_fixed BEFORE UPDATE OR DELETE ON resource_version
    FOR EACH ROW EXECUTE FUNCTION refuse_change();

CREATE INDEX resource_version_by_recorded ON resource_version (recorded, number);

DROP TABLE index_token;
DROP TABLE index_date;

-- Index entries find current versions only, by their number.
CREATE TABLE index_term (
    term   bigint NOT NULL,
    number bigint NOT NULL,
    PRIMARY KEY (term, number)
);

CREATE TABLE index_span (
    space  bigint NOT NULL,
    low    bigint NOT NULL,
    high   bigint NOT NULL,
    number bigint NOT NULL,
    PRIMARY KEY (number, space, low, high)
);

CREATE INDEX index_span_by_low ON index_span (space, low, number, high);

-- Under number 0, the different texts in use: they are known, and find nothing themselves.
CREATE TABLE index_text (
    space  bigint NOT NULL,
    text   text COLLATE "C" NOT NULL,
    number bigint NOT NULL,
    PRIMARY KEY (number, space, text)
);

CREATE INDEX index_text_by_text ON index_text (space, text, number);

-- One bit for each thing that a version says anything of.
CREATE TABLE index_mask (
    number bigint NOT NULL PRIMARY KEY,
    mask   bigint NOT NULL
);

-- The vocabulary that the entries are written in: one row, none before the index was first filled.
CREATE TABLE index_vocabulary (
    name text COLLATE "C" NOT NULL PRIMARY KEY
);
