-- Several practices in one house, colleagues with roles, care teams, and looking in for an hour.
ALTER TABLE practice ADD COLUMN sealed_name BYTEA;

-- Words with spaces between: administrator, facilitator, supervisor. Whoever was here before has made this house.
ALTER TABLE account ADD COLUMN roles TEXT NOT NULL DEFAULT 'administrator facilitator';
-- Since when somebody does not work here any more. Their row stays: rooms and records name it.
ALTER TABLE account ADD COLUMN left_at BIGINT;

ALTER TABLE room_staff ADD COLUMN part TEXT NOT NULL DEFAULT 'lead'
    CHECK (part IN ('lead', 'co_facilitator', 'prescriber', 'supervisor'));

-- Links with which colleagues make their accounts. Each works once.
CREATE TABLE colleague_link (
    practice    BYTEA NOT NULL REFERENCES practice (id),
    id          BYTEA NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    roles       TEXT NOT NULL,
    secret_hash BYTEA NOT NULL UNIQUE CHECK (length(secret_hash) = 32),
    created_at  BIGINT NOT NULL,
    ends_at     BIGINT NOT NULL,
    -- Used, or taken back.
    gone_at     BIGINT
);
CREATE INDEX colleague_link_of_practice ON colleague_link (practice);

-- Somebody outside a room's care team reads it for an hour: who, why, who confirmed it, until when. Rows are never deleted.
CREATE TABLE look_in (
    practice      BYTEA NOT NULL REFERENCES practice (id),
    id            BYTEA NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    room          BYTEA NOT NULL REFERENCES room (id),
    asked_by      BYTEA NOT NULL REFERENCES account (id),
    -- Who they are in the room.
    participant   BYTEA NOT NULL,
    -- Under the key of the account that asked: it outlives the room's keys.
    sealed_reason BYTEA NOT NULL,
    asked_at      BIGINT NOT NULL,
    waits_until   BIGINT NOT NULL,
    confirmed_by  BYTEA REFERENCES account (id),
    confirmed_at  BIGINT,
    until         BIGINT,
    -- Taken back before it was confirmed.
    taken_back_at BIGINT
);
CREATE INDEX look_in_of_room ON look_in (room);
CREATE INDEX look_in_of_account ON look_in (asked_by);

-- Members who are not of age: they come in once a guardian's consent is recorded and they have said yes themselves.
CREATE TABLE minor (
    practice        BYTEA NOT NULL REFERENCES practice (id),
    room            BYTEA NOT NULL REFERENCES room (id),
    participant     BYTEA NOT NULL,
    marked_at       BIGINT NOT NULL,
    -- The guardian's name, under the member's own key.
    sealed_guardian BYTEA,
    consented_at    BIGINT,
    recorded_by     BYTEA REFERENCES account (id),
    assented_at     BIGINT,
    PRIMARY KEY (room, participant)
);
