-- Who took an account's second factor away so that its owner comes back in: an administrator, or the operator (no account). The owner reads it.
CREATE TABLE factor_reset (
    practice BYTEA NOT NULL REFERENCES practice (id),
    account  BYTEA NOT NULL PRIMARY KEY REFERENCES account (id),
    done_by  BYTEA REFERENCES account (id),
    at       BIGINT NOT NULL
);
CREATE INDEX factor_reset_at ON factor_reset (at);

-- Accounts that sign in at the practice's own sign-in service. "subject_index" is a keyed hash of the service and of what it calls the person.
-- Without one, the way was taken away: only the owner's own hand opens it again, no address does.
CREATE TABLE outside_sign_in (
    practice      BYTEA NOT NULL REFERENCES practice (id),
    account       BYTEA NOT NULL PRIMARY KEY REFERENCES account (id),
    subject_index BYTEA CHECK (length(subject_index) = 32),
    linked_at     BIGINT NOT NULL,
    UNIQUE (practice, subject_index)
);
