-- What people may ask for about their own data: erasure, holds against it, and what is left of an event whose words were somebody's who is
-- erased (store/erasure.rs, decisions/0020).

-- A body that said something about an erased person is deleted from event_body; this is the same event without that. The commitment in
-- "event" stays that of the body as it was.
CREATE TABLE event_rest (
    practice   BYTEA NOT NULL,
    room       BYTEA NOT NULL,
    seq        BIGINT NOT NULL,
    ciphertext BYTEA NOT NULL,
    PRIMARY KEY (room, seq)
);

-- One row a person: asked for, refused, begun, done. The reasons are sealed for the person, so they go with them.
CREATE TABLE erasure (
    practice       BYTEA NOT NULL REFERENCES practice (id),
    room           BYTEA NOT NULL REFERENCES room (id),
    participant    BYTEA NOT NULL,
    asked_by       TEXT NOT NULL CHECK (asked_by IN ('member', 'leader')),
    asked_at       BIGINT NOT NULL,
    sealed_reason  BYTEA,
    refused_at     BIGINT,
    sealed_refusal BYTEA,
    begun_at       BIGINT,
    done_at        BIGINT,
    record         TEXT,
    signature      BYTEA,
    PRIMARY KEY (room, participant)
);

-- While it stands, nothing of this person is erased or purged; 16 zero bytes mean everybody in the room. The reason is the room's.
CREATE TABLE legal_hold (
    practice      BYTEA NOT NULL REFERENCES practice (id),
    room          BYTEA NOT NULL REFERENCES room (id),
    participant   BYTEA NOT NULL,
    set_by        BYTEA NOT NULL REFERENCES account (id),
    set_at        BIGINT NOT NULL,
    sealed_reason BYTEA NOT NULL,
    PRIMARY KEY (room, participant)
);
