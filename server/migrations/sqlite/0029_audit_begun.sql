-- What was begun at an address and does not stand in the book yet: there before the write is, gone in the transaction that notes it. What a
-- killed process leaves here is taken up into the book (store/begun.rs, decisions/0016).
CREATE TABLE audit_begun (
    id       BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    practice BLOB NOT NULL REFERENCES practice (id),
    at       INTEGER NOT NULL,
    header   BLOB NOT NULL
) STRICT, WITHOUT ROWID;
