-- What several machines need beside 0025 (decisions/0033): rooms go where there is room, and a sign-in that was begun at one machine ends at any.

-- What a node said of itself when its lease was renewed last: lines that it carries, rooms that it had then, and whether it
-- takes more (0: not now, 1: yes, 2: it ends).
ALTER TABLE node ADD COLUMN people BIGINT NOT NULL DEFAULT 0;
ALTER TABLE node ADD COLUMN rooms BIGINT NOT NULL DEFAULT 0;
ALTER TABLE node ADD COLUMN takes BIGINT NOT NULL DEFAULT 1 CHECK (takes IN (0, 1, 2));

-- What was begun and waits for its second half. Sealed under a key of the house, taken once, gone after minutes.
CREATE TABLE beginning (
    kind    BIGINT NOT NULL,
    key     BYTEA NOT NULL CHECK (length(key) = 32),
    sealed  BYTEA NOT NULL,
    ends_at BIGINT NOT NULL,
    PRIMARY KEY (kind, key)
);
CREATE INDEX beginning_ends ON beginning (ends_at);

-- The oldest change of the tables that a server must know to work with all that came after it. A change that takes something away, or means
-- another thing by it, writes its own number here; whoever only adds leaves it, and the release before goes on beside the new one.
CREATE TABLE works_from (
    change BIGINT NOT NULL
);
INSERT INTO works_from (change) VALUES (30);
