-- The store's tables on PostgreSQL. migrations/sqlite holds the same tables; only the types differ.
-- Ids are 16 bytes, times are milliseconds since 1970. Columns named "sealed …" hold ciphertext only.

CREATE TABLE practice (
    id          BYTEA NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    wrapped_key BYTEA NOT NULL,
    created_at  BIGINT NOT NULL
);

-- One row at most: whoever writes it has done the first run.
CREATE TABLE first_run (
    one      BIGINT NOT NULL PRIMARY KEY CHECK (one = 1),
    practice BYTEA NOT NULL REFERENCES practice (id)
);

CREATE TABLE account (
    practice       BYTEA NOT NULL REFERENCES practice (id),
    id             BYTEA NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    wrapped_key    BYTEA NOT NULL,
    email_index    BYTEA NOT NULL,
    sealed_email   BYTEA NOT NULL,
    sealed_name    BYTEA NOT NULL,
    password_hash  TEXT NOT NULL,
    recovery_saved BIGINT NOT NULL,
    created_at     BIGINT NOT NULL,
    UNIQUE (practice, email_index)
);

CREATE TABLE pack (
    practice BYTEA NOT NULL REFERENCES practice (id),
    digest   TEXT NOT NULL,
    pack_id  TEXT NOT NULL,
    version  TEXT NOT NULL,
    bytes    BYTEA NOT NULL,
    PRIMARY KEY (practice, digest)
);

CREATE TABLE room (
    practice         BYTEA NOT NULL REFERENCES practice (id),
    id               BYTEA NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    owner_epoch      BIGINT NOT NULL,
    next_seq         BIGINT NOT NULL CHECK (next_seq >= 1),
    sealed_title     BYTEA NOT NULL,
    pack_digest      TEXT NOT NULL,
    language         TEXT NOT NULL,
    sealed_starts_on BYTEA,
    created_by       BYTEA NOT NULL REFERENCES account (id),
    created_at       BIGINT NOT NULL,
    FOREIGN KEY (practice, pack_digest) REFERENCES pack (practice, digest)
);

CREATE TABLE group_key (
    practice BYTEA NOT NULL REFERENCES practice (id),
    room     BYTEA NOT NULL REFERENCES room (id),
    key_id   BIGINT NOT NULL,
    wrapped  BYTEA NOT NULL,
    PRIMARY KEY (room, key_id)
);

-- An empty "wrapped" is a destroyed key. The row stays, so that no second key is ever made for an erased person.
CREATE TABLE person_key (
    practice    BYTEA NOT NULL REFERENCES practice (id),
    room        BYTEA NOT NULL REFERENCES room (id),
    participant BYTEA NOT NULL,
    wrapped     BYTEA NOT NULL,
    PRIMARY KEY (room, participant)
);

CREATE TABLE room_staff (
    practice    BYTEA NOT NULL REFERENCES practice (id),
    account     BYTEA NOT NULL REFERENCES account (id),
    room        BYTEA NOT NULL REFERENCES room (id),
    participant BYTEA NOT NULL,
    PRIMARY KEY (account, room),
    UNIQUE (room, participant)
);

CREATE TABLE invite (
    practice    BYTEA NOT NULL REFERENCES practice (id),
    id          BYTEA NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    room        BYTEA NOT NULL REFERENCES room (id),
    participant BYTEA NOT NULL,
    sealed_name BYTEA NOT NULL,
    role        TEXT NOT NULL CHECK (role IN ('facilitator', 'member', 'observer')),
    secret_hash BYTEA NOT NULL UNIQUE CHECK (length(secret_hash) = 32),
    single_use  BIGINT NOT NULL,
    created_at  BIGINT NOT NULL,
    used_at     BIGINT,
    revoked_at  BIGINT
);
CREATE INDEX invite_of_room ON invite (room);

CREATE TABLE login (
    practice   BYTEA NOT NULL REFERENCES practice (id),
    id         BYTEA NOT NULL PRIMARY KEY CHECK (length(id) = 32),
    account    BYTEA REFERENCES account (id),
    created_at BIGINT NOT NULL,
    last_seen  BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX login_of_account ON login (account);

CREATE TABLE seat (
    practice    BYTEA NOT NULL REFERENCES practice (id),
    login       BYTEA NOT NULL REFERENCES login (id) ON DELETE CASCADE,
    room        BYTEA NOT NULL REFERENCES room (id),
    participant BYTEA NOT NULL,
    invite      BYTEA NOT NULL REFERENCES invite (id),
    PRIMARY KEY (login, room)
);
CREATE INDEX seat_of_invite ON seat (invite);

-- The journal. Rows come in behind the fence (owner_epoch and next_seq of the room) and never change.
CREATE TABLE event (
    practice   BYTEA NOT NULL,
    room       BYTEA NOT NULL,
    seq        BIGINT NOT NULL CHECK (seq >= 1),
    header     BYTEA NOT NULL,
    commitment BYTEA NOT NULL CHECK (length(commitment) = 32),
    PRIMARY KEY (room, seq)
);
CREATE FUNCTION event_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'event is append-only';
END
$$;
CREATE TRIGGER event_never_changes BEFORE UPDATE OR DELETE ON event
    FOR EACH ROW EXECUTE FUNCTION event_is_append_only();
CREATE TRIGGER event_never_goes BEFORE TRUNCATE ON event
    FOR EACH STATEMENT EXECUTE FUNCTION event_is_append_only();

CREATE TABLE event_body (
    practice   BYTEA NOT NULL,
    room       BYTEA NOT NULL,
    seq        BIGINT NOT NULL,
    salt       BYTEA NOT NULL,
    ciphertext BYTEA NOT NULL,
    PRIMARY KEY (room, seq)
);

CREATE TABLE command (
    practice BYTEA NOT NULL,
    room     BYTEA NOT NULL,
    actor    BYTEA NOT NULL,
    command  BYTEA NOT NULL,
    seq      BIGINT NOT NULL,
    PRIMARY KEY (room, actor, command)
);
-- Opening a room reads its latest commands; without this that would grow with its history.
CREATE INDEX command_by_seq ON command (room, seq);

CREATE TABLE snapshot (
    practice BYTEA NOT NULL,
    room     BYTEA NOT NULL PRIMARY KEY REFERENCES room (id),
    epoch    BIGINT NOT NULL,
    seq      BIGINT NOT NULL,
    sealed   BYTEA NOT NULL
);

-- "note" is the note's kind times 65536 plus its session.
CREATE TABLE note (
    practice BYTEA NOT NULL,
    room     BYTEA NOT NULL REFERENCES room (id),
    note     BIGINT NOT NULL,
    next_n   BIGINT NOT NULL,
    folded_n BIGINT NOT NULL,
    folded   BYTEA,
    PRIMARY KEY (room, note)
);

CREATE TABLE note_update (
    practice BYTEA NOT NULL,
    room     BYTEA NOT NULL,
    note     BIGINT NOT NULL,
    n        BIGINT NOT NULL,
    author   BYTEA NOT NULL,
    sealed   BYTEA NOT NULL,
    PRIMARY KEY (room, note, n)
);

CREATE TABLE note_author (
    practice    BYTEA NOT NULL,
    room        BYTEA NOT NULL,
    note        BIGINT NOT NULL,
    client_id   BIGINT NOT NULL,
    participant BYTEA NOT NULL,
    PRIMARY KEY (room, note, client_id)
);
