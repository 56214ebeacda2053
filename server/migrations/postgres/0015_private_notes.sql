-- Process notes of those who lead, each for themselves (decisions/0026). The browser seals them; no key here opens them.

-- An author's key, sealed under what they know and under what they have on paper.
CREATE TABLE author_key (
    practice   BYTEA NOT NULL REFERENCES practice (id),
    account    BYTEA NOT NULL PRIMARY KEY REFERENCES account (id),
    version    BIGINT NOT NULL CHECK (version >= 1),
    sealed     TEXT NOT NULL,
    changed_at BIGINT NOT NULL
);

-- One row an author, room and session; session 0 is the room as a whole.
CREATE TABLE private_note (
    practice   BYTEA NOT NULL REFERENCES practice (id),
    account    BYTEA NOT NULL REFERENCES account (id),
    room       BYTEA NOT NULL REFERENCES room (id),
    session    BIGINT NOT NULL,
    version    BIGINT NOT NULL CHECK (version >= 1),
    sealed     TEXT NOT NULL,
    changed_at BIGINT NOT NULL,
    PRIMARY KEY (account, room, session)
);
CREATE INDEX private_note_of_room ON private_note (room);
