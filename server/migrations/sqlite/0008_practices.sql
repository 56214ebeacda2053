-- Several practices in one house, colleagues with roles, care teams, and looking in for an hour.
ALTER TABLE practice ADD COLUMN sealed_name BLOB;

-- Words with spaces between: administrator, facilitator, supervisor. Whoever was here before has made this house.
ALTER TABLE account ADD COLUMN roles TEXT NOT NULL DEFAULT 'administrator facilitator';
-- Since when somebody does not work here any more. Their row stays: rooms and records name it.
ALTER TABLE account ADD COLUMN left_at INTEGER;

ALTER TABLE room_staff ADD COLUMN part TEXT NOT NULL DEFAULT 'lead'
    CHECK (part IN ('lead', 'co_facilitator', 'prescriber', 'supervisor'));

-- Links with which colleagues make their accounts. Each works once.
CREATE TABLE colleague_link (
    practice    BLOB NOT NULL REFERENCES practice (id),
    id          BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    roles       TEXT NOT NULL,
    secret_hash BLOB NOT NULL UNIQUE CHECK (length(secret_hash) = 32),
    created_at  INTEGER NOT NULL,
    ends_at     INTEGER NOT NULL,
    -- Used, or taken back.
    gone_at     INTEGER
) STRICT, WITHOUT ROWID;
CREATE INDEX colleague_link_of_practice ON colleague_link (practice);

-- Somebody outside a room's care team reads it for an hour: who, why, who confirmed it, until when. Rows are never deleted.
CREATE TABLE look_in (
    practice      BLOB NOT NULL REFERENCES practice (id),
    id            BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    room          BLOB NOT NULL REFERENCES room (id),
    asked_by      BLOB NOT NULL REFERENCES account (id),
    -- Who they are in the room.
    participant   BLOB NOT NULL,
    -- Under the key of the account that asked: it outlives the room's keys.
    sealed_reason BLOB NOT NULL,
    asked_at      INTEGER NOT NULL,
    waits_until   INTEGER NOT NULL,
    confirmed_by  BLOB REFERENCES account (id),
    confirmed_at  INTEGER,
    until         INTEGER,
    -- Taken back before it was confirmed.
    taken_back_at INTEGER
) STRICT, WITHOUT ROWID;
CREATE INDEX look_in_of_room ON look_in (room);
CREATE INDEX look_in_of_account ON look_in (asked_by);

-- Members who are not of age: they come in once a guardian's consent is recorded and they have said yes themselves.
CREATE TABLE minor (
    practice        BLOB NOT NULL REFERENCES practice (id),
    room            BLOB NOT NULL REFERENCES room (id),
    participant     BLOB NOT NULL,
    marked_at       INTEGER NOT NULL,
    -- The guardian's name, under the member's own key.
    sealed_guardian BLOB,
    consented_at    INTEGER,
    recorded_by     BLOB REFERENCES account (id),
    assented_at     INTEGER,
    PRIMARY KEY (room, participant)
) STRICT, WITHOUT ROWID;
