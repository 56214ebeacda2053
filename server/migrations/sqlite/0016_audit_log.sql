-- Audit records become leaves of the signed log, which needs nothing here. When their time is over they are emptied: number and commitment
-- stay, and with them the leaf; a record at the end of the book says up to where that was done (store/audit.rs, decisions/0027).
DROP TRIGGER audit_never_changes;
CREATE TRIGGER audit_never_changes BEFORE UPDATE ON audit
WHEN NOT (length(NEW.header) = 0 AND length(NEW.salt) = 0 AND NEW.practice = OLD.practice AND NEW.n = OLD.n
          AND NEW.commitment = OLD.commitment)
BEGIN
    SELECT RAISE(ABORT, 'audit is append-only');
END;

-- How far a practice's book was emptied, and how far it was looked through for who came to which room.
CREATE TABLE audit_mark (
    practice BLOB NOT NULL PRIMARY KEY REFERENCES practice (id),
    emptied  INTEGER NOT NULL DEFAULT 0,
    found    INTEGER NOT NULL DEFAULT 0
) STRICT, WITHOUT ROWID;

-- What people with an account did that is about a room: found in the book when somebody asks, never written with it.
CREATE TABLE audit_look (
    room     BLOB NOT NULL,
    n        INTEGER NOT NULL,
    practice BLOB NOT NULL REFERENCES practice (id),
    PRIMARY KEY (room, practice, n)
) STRICT, WITHOUT ROWID;
