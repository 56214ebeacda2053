-- What people may ask for about their own data: erasure, holds against it, and what is left of an event whose words were somebody's who is
-- erased (store/erasure.rs, decisions/0020).

-- A body that said something about an erased person is deleted from event_body; this is the same event without that. The commitment in
-- "event" stays that of the body as it was.
CREATE TABLE event_rest (
    practice   BLOB NOT NULL,
    room       BLOB NOT NULL,
    seq        INTEGER NOT NULL,
    ciphertext BLOB NOT NULL,
    PRIMARY KEY (room, seq)
) STRICT, WITHOUT ROWID;

-- One row a person: asked for, refused, begun, done. The reasons are sealed for the person, so they go with them.
CREATE TABLE erasure (
    practice       BLOB NOT NULL REFERENCES practice (id),
    room           BLOB NOT NULL REFERENCES room (id),
    participant    BLOB NOT NULL,
    asked_by       TEXT NOT NULL CHECK (asked_by IN ('member', 'leader')),
    asked_at       INTEGER NOT NULL,
    sealed_reason  BLOB,
    refused_at     INTEGER,
    sealed_refusal BLOB,
    begun_at       INTEGER,
    done_at        INTEGER,
    record         TEXT,
    signature      BLOB,
    PRIMARY KEY (room, participant)
) STRICT, WITHOUT ROWID;

-- While it stands, nothing of this person is erased or purged; 16 zero bytes mean everybody in the room. The reason is the room's.
CREATE TABLE legal_hold (
    practice      BLOB NOT NULL REFERENCES practice (id),
    room          BLOB NOT NULL REFERENCES room (id),
    participant   BLOB NOT NULL,
    set_by        BLOB NOT NULL REFERENCES account (id),
    set_at        INTEGER NOT NULL,
    sealed_reason BLOB NOT NULL,
    PRIMARY KEY (room, participant)
) STRICT, WITHOUT ROWID;
