-- Who took an account's second factor away so that its owner comes back in: an administrator, or the operator (no account). The owner reads it.
CREATE TABLE factor_reset (
    practice BLOB NOT NULL REFERENCES practice (id),
    account  BLOB NOT NULL PRIMARY KEY REFERENCES account (id),
    done_by  BLOB REFERENCES account (id),
    at       INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX factor_reset_at ON factor_reset (at);

-- Accounts that sign in at the practice's own sign-in service. "subject_index" is a keyed hash of the service and of what it calls the person.
-- Without one, the way was taken away: only the owner's own hand opens it again, no address does.
CREATE TABLE outside_sign_in (
    practice      BLOB NOT NULL REFERENCES practice (id),
    account       BLOB NOT NULL PRIMARY KEY REFERENCES account (id),
    subject_index BLOB CHECK (length(subject_index) = 32),
    linked_at     INTEGER NOT NULL,
    UNIQUE (practice, subject_index)
) STRICT, WITHOUT ROWID;
