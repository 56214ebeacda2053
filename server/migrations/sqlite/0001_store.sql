-- The store's tables on SQLite. migrations/postgres holds the same tables; only the types differ.
-- Ids are 16 bytes, times are milliseconds since 1970. Columns named "sealed …" hold ciphertext only.

CREATE TABLE practice (
    id          BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    wrapped_key BLOB NOT NULL,
    created_at  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- One row at most: whoever writes it has done the first run.
CREATE TABLE first_run (
    one      INTEGER NOT NULL PRIMARY KEY CHECK (one = 1),
    practice BLOB NOT NULL REFERENCES practice (id)
) STRICT;

CREATE TABLE account (
    practice       BLOB NOT NULL REFERENCES practice (id),
    id             BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    wrapped_key    BLOB NOT NULL,
    email_index    BLOB NOT NULL,
    sealed_email   BLOB NOT NULL,
    sealed_name    BLOB NOT NULL,
    password_hash  TEXT NOT NULL,
    recovery_saved INTEGER NOT NULL,
    created_at     INTEGER NOT NULL,
    UNIQUE (practice, email_index)
) STRICT, WITHOUT ROWID;

CREATE TABLE pack (
    practice BLOB NOT NULL REFERENCES practice (id),
    digest   TEXT NOT NULL,
    pack_id  TEXT NOT NULL,
    version  TEXT NOT NULL,
    bytes    BLOB NOT NULL,
    PRIMARY KEY (practice, digest)
) STRICT;

CREATE TABLE room (
    practice         BLOB NOT NULL REFERENCES practice (id),
    id               BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    owner_epoch      INTEGER NOT NULL,
    next_seq         INTEGER NOT NULL CHECK (next_seq >= 1),
    sealed_title     BLOB NOT NULL,
    pack_digest      TEXT NOT NULL,
    language         TEXT NOT NULL,
    sealed_starts_on BLOB,
    created_by       BLOB NOT NULL REFERENCES account (id),
    created_at       INTEGER NOT NULL,
    FOREIGN KEY (practice, pack_digest) REFERENCES pack (practice, digest)
) STRICT, WITHOUT ROWID;

CREATE TABLE group_key (
    practice BLOB NOT NULL REFERENCES practice (id),
    room     BLOB NOT NULL REFERENCES room (id),
    key_id   INTEGER NOT NULL,
    wrapped  BLOB NOT NULL,
    PRIMARY KEY (room, key_id)
) STRICT, WITHOUT ROWID;

-- An empty "wrapped" is a destroyed key. The row stays, so that no second key is ever made for an erased person.
CREATE TABLE person_key (
    practice    BLOB NOT NULL REFERENCES practice (id),
    room        BLOB NOT NULL REFERENCES room (id),
    participant BLOB NOT NULL,
    wrapped     BLOB NOT NULL,
    PRIMARY KEY (room, participant)
) STRICT, WITHOUT ROWID;

CREATE TABLE room_staff (
    practice    BLOB NOT NULL REFERENCES practice (id),
    account     BLOB NOT NULL REFERENCES account (id),
    room        BLOB NOT NULL REFERENCES room (id),
    participant BLOB NOT NULL,
    PRIMARY KEY (account, room),
    UNIQUE (room, participant)
) STRICT, WITHOUT ROWID;

CREATE TABLE invite (
    practice    BLOB NOT NULL REFERENCES practice (id),
    id          BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    room        BLOB NOT NULL REFERENCES room (id),
    participant BLOB NOT NULL,
    sealed_name BLOB NOT NULL,
    role        TEXT NOT NULL CHECK (role IN ('facilitator', 'member', 'observer')),
    secret_hash BLOB NOT NULL UNIQUE CHECK (length(secret_hash) = 32),
    single_use  INTEGER NOT NULL,
    created_at  INTEGER NOT NULL,
    used_at     INTEGER,
    revoked_at  INTEGER
) STRICT, WITHOUT ROWID;
CREATE INDEX invite_of_room ON invite (room);

CREATE TABLE login (
    practice   BLOB NOT NULL REFERENCES practice (id),
    id         BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 32),
    account    BLOB REFERENCES account (id),
    created_at INTEGER NOT NULL,
    last_seen  INTEGER NOT NULL,
    expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX login_of_account ON login (account);

CREATE TABLE seat (
    practice    BLOB NOT NULL REFERENCES practice (id),
    login       BLOB NOT NULL REFERENCES login (id) ON DELETE CASCADE,
    room        BLOB NOT NULL REFERENCES room (id),
    participant BLOB NOT NULL,
    invite      BLOB NOT NULL REFERENCES invite (id),
    PRIMARY KEY (login, room)
) STRICT, WITHOUT ROWID;
CREATE INDEX seat_of_invite ON seat (invite);

-- The journal. Rows come in behind the fence (owner_epoch and next_seq of the room) and never change.
CREATE TABLE event (
    practice   BLOB NOT NULL,
    room       BLOB NOT NULL,
    seq        INTEGER NOT NULL CHECK (seq >= 1),
    header     BLOB NOT NULL,
    commitment BLOB NOT NULL CHECK (length(commitment) = 32),
    PRIMARY KEY (room, seq)
) STRICT, WITHOUT ROWID;
CREATE TRIGGER event_never_changes BEFORE UPDATE ON event
BEGIN
    SELECT RAISE(ABORT, 'event is append-only');
END;
CREATE TRIGGER event_never_goes BEFORE DELETE ON event
BEGIN
    SELECT RAISE(ABORT, 'event is append-only');
END;

CREATE TABLE event_body (
    practice   BLOB NOT NULL,
    room       BLOB NOT NULL,
    seq        INTEGER NOT NULL,
    salt       BLOB NOT NULL,
    ciphertext BLOB NOT NULL,
    PRIMARY KEY (room, seq)
) STRICT, WITHOUT ROWID;

CREATE TABLE command (
    practice BLOB NOT NULL,
    room     BLOB NOT NULL,
    actor    BLOB NOT NULL,
    command  BLOB NOT NULL,
    seq      INTEGER NOT NULL,
    PRIMARY KEY (room, actor, command)
) STRICT, WITHOUT ROWID;
-- Opening a room reads its latest commands; without this that would grow with its history.
CREATE INDEX command_by_seq ON command (room, seq);

CREATE TABLE snapshot (
    practice BLOB NOT NULL,
    room     BLOB NOT NULL PRIMARY KEY REFERENCES room (id),
    epoch    INTEGER NOT NULL,
    seq      INTEGER NOT NULL,
    sealed   BLOB NOT NULL
) STRICT;

-- "note" is the note's kind times 65536 plus its session.
CREATE TABLE note (
    practice BLOB NOT NULL,
    room     BLOB NOT NULL REFERENCES room (id),
    note     INTEGER NOT NULL,
    next_n   INTEGER NOT NULL,
    folded_n INTEGER NOT NULL,
    folded   BLOB,
    PRIMARY KEY (room, note)
) STRICT;

CREATE TABLE note_update (
    practice BLOB NOT NULL,
    room     BLOB NOT NULL,
    note     INTEGER NOT NULL,
    n        INTEGER NOT NULL,
    author   BLOB NOT NULL,
    sealed   BLOB NOT NULL,
    PRIMARY KEY (room, note, n)
) STRICT, WITHOUT ROWID;

CREATE TABLE note_author (
    practice    BLOB NOT NULL,
    room        BLOB NOT NULL,
    note        INTEGER NOT NULL,
    client_id   INTEGER NOT NULL,
    participant BLOB NOT NULL,
    PRIMARY KEY (room, note, client_id)
) STRICT, WITHOUT ROWID;
