-- The signed log of each practice (store/ledger.rs, decisions/0017). It holds hashes only: nothing in it has to go when somebody is erased.
CREATE TABLE ledger (
    practice    BYTEA NOT NULL PRIMARY KEY REFERENCES practice (id),
    -- Ed25519. The other half is wrapped under the practice's key.
    public_key  BYTEA NOT NULL CHECK (length(public_key) = 32),
    wrapped_key BYTEA NOT NULL
);

-- One row for each record that was logged, in the log's order. "stream" is what the record's number counts in: a room, say.
CREATE TABLE ledger_leaf (
    practice BYTEA NOT NULL REFERENCES ledger (practice),
    n        BIGINT NOT NULL CHECK (n >= 0),
    source   TEXT NOT NULL,
    stream   BYTEA NOT NULL CHECK (length(stream) = 16),
    seq      BIGINT NOT NULL,
    hash     BYTEA NOT NULL CHECK (length(hash) = 32),
    PRIMARY KEY (practice, n)
);
-- No record is logged twice; and a record's place is found by what it is.
CREATE UNIQUE INDEX ledger_leaf_once ON ledger_leaf (stream, seq, source);

-- What subtrees of 2^level leaves hash to, for every eighth level: a proof reads some hundred rows however long the log is.
CREATE TABLE ledger_node (
    practice BYTEA NOT NULL REFERENCES ledger (practice),
    level    BIGINT NOT NULL,
    n        BIGINT NOT NULL,
    hash     BYTEA NOT NULL CHECK (length(hash) = 32),
    PRIMARY KEY (practice, level, n)
);

CREATE FUNCTION ledger_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the ledger is append-only';
END
$$;
CREATE TRIGGER ledger_leaf_stays BEFORE UPDATE OR DELETE ON ledger_leaf
    FOR EACH ROW EXECUTE FUNCTION ledger_is_append_only();
CREATE TRIGGER ledger_node_stays BEFORE UPDATE OR DELETE ON ledger_node
    FOR EACH ROW EXECUTE FUNCTION ledger_is_append_only();

-- How far each stream was logged.
CREATE TABLE ledger_seen (
    practice BYTEA NOT NULL REFERENCES ledger (practice),
    source   TEXT NOT NULL,
    stream   BYTEA NOT NULL,
    upto     BIGINT NOT NULL,
    PRIMARY KEY (stream, source)
);

-- Signed heads: the newest, and the last of every day before. "edge" is what the next leaves are appended to.
CREATE TABLE ledger_checkpoint (
    practice BYTEA NOT NULL REFERENCES ledger (practice),
    size     BIGINT NOT NULL,
    day      BIGINT NOT NULL,
    at       BIGINT NOT NULL,
    note     TEXT NOT NULL,
    edge     BYTEA NOT NULL,
    PRIMARY KEY (practice, size)
);
