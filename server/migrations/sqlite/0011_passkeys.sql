-- Passkeys: what an account signs in with, or shows as its second factor, without typing anything. "id" is the hash of the credential's own
-- id; the credential's public half and its counter are sealed. "device" is the kind of device it was made on, in three words.
CREATE TABLE passkey (
    practice          BLOB NOT NULL REFERENCES practice (id),
    account           BLOB NOT NULL REFERENCES account (id),
    id                BLOB NOT NULL CHECK (length(id) = 32),
    sealed_credential BLOB NOT NULL,
    device            TEXT NOT NULL,
    created_at        INTEGER NOT NULL,
    last_used_at      INTEGER,
    PRIMARY KEY (account, id)
) STRICT, WITHOUT ROWID;
