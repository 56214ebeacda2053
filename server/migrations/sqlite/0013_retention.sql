-- What went because its term was over (store/retention.rs, decisions/0024): one row a practice, class and run in which something went.
CREATE TABLE purged (
    practice BLOB NOT NULL REFERENCES practice (id),
    class    TEXT NOT NULL,
    at       INTEGER NOT NULL,
    removed  INTEGER NOT NULL CHECK (removed > 0),
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
