-- Keys that came after the first (store/rotate.rs, decisions/0025).

-- A practice's first key stands in "practice" and stays: names for addresses and pseudonyms grow from it. New keys are wrapped under the newest.
CREATE TABLE practice_key (
    practice BYTEA NOT NULL REFERENCES practice (id),
    key_id   BIGINT NOT NULL CHECK (key_id >= 2),
    wrapped  BYTEA NOT NULL,
    made_at  BIGINT NOT NULL,
    PRIMARY KEY (practice, key_id)
);

-- 0: made before this was written down.
ALTER TABLE group_key ADD COLUMN made_at BIGINT NOT NULL DEFAULT 0;

-- Root keys of before: not the keys, but what records of destructions were signed with, vouched for by a tag under the root key of now.
CREATE TABLE former_root (
    name       TEXT NOT NULL PRIMARY KEY,
    public_key BYTEA NOT NULL CHECK (length(public_key) = 32),
    ended_at   BIGINT NOT NULL,
    vouched    BYTEA NOT NULL CHECK (length(vouched) = 32)
);
