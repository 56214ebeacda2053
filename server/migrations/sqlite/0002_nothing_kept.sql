-- What is left of a sitting of which nothing is kept: a count, and the signed record that its keys are gone.
CREATE TABLE sitting (
    practice   BLOB NOT NULL REFERENCES practice (id),
    room       BLOB NOT NULL REFERENCES room (id),
    session    INTEGER NOT NULL,
    -- The last event of the sitting. The journal goes on behind it.
    upto       INTEGER NOT NULL,
    started_at INTEGER NOT NULL,
    ended_at   INTEGER NOT NULL,
    people     INTEGER NOT NULL,
    record     TEXT NOT NULL,
    signature  BLOB NOT NULL,
    PRIMARY KEY (room, session)
) STRICT, WITHOUT ROWID;

-- Rooms whose sitting is about to end, or has ended and is not wholly destroyed yet: the start looks here.
CREATE TABLE leaving (
    practice BLOB NOT NULL REFERENCES practice (id),
    room     BLOB NOT NULL PRIMARY KEY REFERENCES room (id)
) STRICT, WITHOUT ROWID;

-- An event goes only where a record of its sitting says so.
DROP TRIGGER event_never_goes;
CREATE TRIGGER event_never_goes BEFORE DELETE ON event
WHEN NOT EXISTS (SELECT 1 FROM sitting WHERE sitting.room = OLD.room AND sitting.upto >= OLD.seq)
BEGIN
    SELECT RAISE(ABORT, 'event is append-only');
END;
