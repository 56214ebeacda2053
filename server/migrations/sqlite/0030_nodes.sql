-- What several machines need beside 0025 (decisions/0033). Here there is one; only `works_from` is of use to it.

-- What a node said of itself when its lease was renewed last: lines that it carries, rooms that it had then, and whether it
-- takes more (0: not now, 1: yes, 2: it ends).
ALTER TABLE node ADD COLUMN people INTEGER NOT NULL DEFAULT 0;
ALTER TABLE node ADD COLUMN rooms INTEGER NOT NULL DEFAULT 0;
ALTER TABLE node ADD COLUMN takes INTEGER NOT NULL DEFAULT 1 CHECK (takes IN (0, 1, 2));

-- What was begun and waits for its second half. Sealed under a key of the house, taken once, gone after minutes.
CREATE TABLE beginning (
    kind    INTEGER NOT NULL,
    key     BLOB NOT NULL CHECK (length(key) = 32),
    sealed  BLOB NOT NULL,
    ends_at INTEGER NOT NULL,
    PRIMARY KEY (kind, key)
) STRICT;
CREATE INDEX beginning_ends ON beginning (ends_at);

-- The oldest change of the tables that a server must know to work with all that came after it. A change that takes something away, or means
-- another thing by it, writes its own number here; whoever only adds leaves it, and the release before can still be started.
CREATE TABLE works_from (
    change INTEGER NOT NULL
) STRICT;
INSERT INTO works_from (change) VALUES (30);
