-- The signed log of each practice (store/ledger.rs, decisions/0017). It holds hashes only: nothing in it has to go when somebody is erased.
CREATE TABLE ledger (
    practice    BLOB NOT NULL PRIMARY KEY REFERENCES practice (id),
    -- Ed25519. The other half is wrapped under the practice's key.
    public_key  BLOB NOT NULL CHECK (length(public_key) = 32),
    wrapped_key BLOB NOT NULL
) STRICT, WITHOUT ROWID;

-- One row for each record that was logged, in the log's order. "stream" is what the record's number counts in: a room, say.
CREATE TABLE ledger_leaf (
    practice BLOB NOT NULL REFERENCES ledger (practice),
    n        INTEGER NOT NULL CHECK (n >= 0),
    source   TEXT NOT NULL,
    stream   BLOB NOT NULL CHECK (length(stream) = 16),
    seq      INTEGER NOT NULL,
    hash     BLOB NOT NULL CHECK (length(hash) = 32),
    PRIMARY KEY (practice, n)
) STRICT, WITHOUT ROWID;
-- No record is logged twice; and a record's place is found by what it is.
CREATE UNIQUE INDEX ledger_leaf_once ON ledger_leaf (stream, seq, source);
CREATE TRIGGER ledger_leaf_never_changes BEFORE UPDATE ON ledger_leaf
BEGIN
    SELECT RAISE(ABORT, 'ledger_leaf is append-only');
END;
CREATE TRIGGER ledger_leaf_never_goes BEFORE DELETE ON ledger_leaf
BEGIN
    SELECT RAISE(ABORT, 'ledger_leaf is append-only');
END;

-- What subtrees of 2^level leaves hash to, for every eighth level: a proof reads some hundred rows however long the log is.
CREATE TABLE ledger_node (
    practice BLOB NOT NULL REFERENCES ledger (practice),
    level    INTEGER NOT NULL,
    n        INTEGER NOT NULL,
    hash     BLOB NOT NULL CHECK (length(hash) = 32),
    PRIMARY KEY (practice, level, n)
) STRICT, WITHOUT ROWID;
CREATE TRIGGER ledger_node_never_changes BEFORE UPDATE ON ledger_node
BEGIN
    SELECT RAISE(ABORT, 'ledger_node is append-only');
END;
CREATE TRIGGER ledger_node_never_goes BEFORE DELETE ON ledger_node
BEGIN
    SELECT RAISE(ABORT, 'ledger_node is append-only');
END;

-- How far each stream was logged.
CREATE TABLE ledger_seen (
    practice BLOB NOT NULL REFERENCES ledger (practice),
    source   TEXT NOT NULL,
    stream   BLOB NOT NULL,
    upto     INTEGER NOT NULL,
    PRIMARY KEY (stream, source)
) STRICT, WITHOUT ROWID;

-- Signed heads: the newest, and the last of every day before. "edge" is what the next leaves are appended to.
CREATE TABLE ledger_checkpoint (
    practice BLOB NOT NULL REFERENCES ledger (practice),
    size     INTEGER NOT NULL,
    day      INTEGER NOT NULL,
    at       INTEGER NOT NULL,
    note     TEXT NOT NULL,
    edge     BLOB NOT NULL,
    PRIMARY KEY (practice, size)
) STRICT, WITHOUT ROWID;
