-- Rooms that know where somebody is, and when to look whether it is time to forget it: a room that nobody opens any more forgets, too.
CREATE TABLE visiting (
    practice BYTEA NOT NULL REFERENCES practice (id),
    room     BYTEA NOT NULL PRIMARY KEY REFERENCES room (id),
    look_at  BIGINT NOT NULL
);
