-- Passkeys: what an account signs in with, or shows as its second factor, without typing anything. "id" is the hash of the credential's own
-- id; the credential's public half and its counter are sealed. "device" is the kind of device it was made on, in three words.
CREATE TABLE passkey (
    practice          BYTEA NOT NULL REFERENCES practice (id),
    account           BYTEA NOT NULL REFERENCES account (id),
    id                BYTEA NOT NULL CHECK (length(id) = 32),
    sealed_credential BYTEA NOT NULL,
    device            TEXT NOT NULL,
    created_at        BIGINT NOT NULL,
    last_used_at      BIGINT,
    PRIMARY KEY (account, id)
);
