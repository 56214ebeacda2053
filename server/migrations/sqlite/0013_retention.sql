-- What went because its term was over (store/retention.rs, decisions/0024): one row a practice, class and run in which something went.
CREATE TABLE purged (
    practice BLOB NOT NULL REFERENCES practice (id),
    class    TEXT NOT NULL,
    at       INTEGER NOT NULL,
    removed  INTEGER NOT NULL CHECK (removed > 0),
    -- Of the audit book: the last number that went. Elsewhere 0.
    upto     INTEGER NOT NULL,
    PRIMARY KEY (practice, class, at)
) STRICT, WITHOUT ROWID;
CREATE TRIGGER purged_never_changes BEFORE UPDATE ON purged
BEGIN
    SELECT RAISE(ABORT, 'purged is append-only');
END;
CREATE TRIGGER purged_never_goes BEFORE DELETE ON purged
BEGIN
    SELECT RAISE(ABORT, 'purged is append-only');
END;

-- A record goes only from the book's beginning, and only where it is written down that it went.
DROP TRIGGER audit_never_goes;
CREATE TRIGGER audit_never_goes BEFORE DELETE ON audit
WHEN NOT EXISTS (SELECT 1 FROM purged WHERE purged.practice = OLD.practice AND purged.class = 'audit' AND purged.upto >= OLD.n)
BEGIN
    SELECT RAISE(ABORT, 'audit is append-only');
END;
