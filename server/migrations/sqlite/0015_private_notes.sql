-- Process notes of those who lead, each for themselves (decisions/0026). The browser seals them; no key here opens them.

-- An author's key, sealed under what they know and under what they have on paper.
CREATE TABLE author_key (
    practice   BLOB NOT NULL REFERENCES practice (id),
    account    BLOB NOT NULL PRIMARY KEY REFERENCES account (id),
    version    INTEGER NOT NULL CHECK (version >= 1),
    sealed     TEXT NOT NULL,
    changed_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- One row an author, room and session; session 0 is the room as a whole.
CREATE TABLE private_note (
    practice   BLOB NOT NULL REFERENCES practice (id),
    account    BLOB NOT NULL REFERENCES account (id),
    room       BLOB NOT NULL REFERENCES room (id),
    session    INTEGER NOT NULL,
    version    INTEGER NOT NULL CHECK (version >= 1),
    sealed     TEXT NOT NULL,
    changed_at INTEGER NOT NULL,
    PRIMARY KEY (account, room, session)
) STRICT;
CREATE INDEX private_note_of_room ON private_note (room);
