-- How somebody with an account proves who they are, and what each login has proved.

-- From this moment on a login of one factor opens nothing but the page that sets up a second. NULL: the account is older than this rule.
ALTER TABLE account ADD COLUMN second_factor_due BIGINT;

-- 1: something known, or something held. 2: both.
ALTER TABLE login ADD COLUMN factors BIGINT NOT NULL DEFAULT 1 CHECK (factors IN (1, 2));
-- When this login last proved who it belongs to.
ALTER TABLE login ADD COLUMN proved_at BIGINT NOT NULL DEFAULT 0;
-- The kind of device in three words of a closed list; no address, no version.
ALTER TABLE login ADD COLUMN device TEXT NOT NULL DEFAULT '';

-- An app that shows six digits. "last_step" is the last half-minute whose digits were used.
CREATE TABLE authenticator (
    practice      BYTEA NOT NULL REFERENCES practice (id),
    account       BYTEA NOT NULL PRIMARY KEY REFERENCES account (id),
    sealed_secret BYTEA NOT NULL,
    last_step     BIGINT NOT NULL,
    created_at    BIGINT NOT NULL
);

-- A used code is gone.
CREATE TABLE recovery_code (
    practice BYTEA NOT NULL REFERENCES practice (id),
    account  BYTEA NOT NULL REFERENCES account (id),
    hash     BYTEA NOT NULL CHECK (length(hash) = 32),
    PRIMARY KEY (account, hash)
);
