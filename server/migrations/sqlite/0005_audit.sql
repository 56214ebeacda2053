-- Who came to what, and who was refused: one record an access, without names and without content (audit/mod.rs). Numbered without a gap
-- in every practice; records come in and never change.
CREATE TABLE audit (
    practice   BLOB NOT NULL REFERENCES practice (id),
    n          INTEGER NOT NULL CHECK (n >= 1),
    header     BLOB NOT NULL,
    -- SHA-256 over the salt and the header.
    commitment BLOB NOT NULL CHECK (length(commitment) = 32),
    salt       BLOB NOT NULL,
    PRIMARY KEY (practice, n)
) STRICT, WITHOUT ROWID;
CREATE TRIGGER audit_never_changes BEFORE UPDATE ON audit
BEGIN
    SELECT RAISE(ABORT, 'audit is append-only');
END;
CREATE TRIGGER audit_never_goes BEFORE DELETE ON audit
BEGIN
    SELECT RAISE(ABORT, 'audit is append-only');
END;
