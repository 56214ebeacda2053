-- What is left of a sitting of which nothing is kept: a count, and the signed record that its keys are gone.
CREATE TABLE sitting (
    practice   BYTEA NOT NULL REFERENCES practice (id),
    room       BYTEA NOT NULL REFERENCES room (id),
    session    BIGINT NOT NULL,
    -- The last event of the sitting. The journal goes on behind it.
    upto       BIGINT NOT NULL,
    started_at BIGINT NOT NULL,
    ended_at   BIGINT NOT NULL,
    people     BIGINT NOT NULL,
    record     TEXT NOT NULL,
    signature  BYTEA NOT NULL,
    PRIMARY KEY (room, session)
);

-- Rooms whose sitting is about to end, or has ended and is not wholly destroyed yet: the start looks here.
CREATE TABLE leaving (
    practice BYTEA NOT NULL REFERENCES practice (id),
    room     BYTEA NOT NULL PRIMARY KEY REFERENCES room (id)
);

-- An event goes only where a record of its sitting says so.
CREATE FUNCTION event_goes_with_its_sitting() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM sitting WHERE sitting.room = OLD.room AND sitting.upto >= OLD.seq) THEN
        RETURN OLD;
    END IF;
    RAISE EXCEPTION 'event is append-only';
END
$$;
DROP TRIGGER event_never_changes ON event;
CREATE TRIGGER event_never_changes BEFORE UPDATE ON event
    FOR EACH ROW EXECUTE FUNCTION event_is_append_only();
CREATE TRIGGER event_goes BEFORE DELETE ON event
    FOR EACH ROW EXECUTE FUNCTION event_goes_with_its_sitting();
