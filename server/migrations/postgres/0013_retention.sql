-- What went because its term was over (store/retention.rs, decisions/0024): one row a practice, class and run in which something went.
CREATE TABLE purged (
    practice BYTEA NOT NULL REFERENCES practice (id),
    class    TEXT NOT NULL,
    at       BIGINT NOT NULL,
    removed  BIGINT NOT NULL CHECK (removed > 0),
    PRIMARY KEY (practice, class, at)
);
CREATE FUNCTION purged_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'purged is append-only';
END
$$;
CREATE TRIGGER purged_never_changes BEFORE UPDATE OR DELETE ON purged
    FOR EACH ROW EXECUTE FUNCTION purged_is_append_only();
CREATE TRIGGER purged_never_goes BEFORE TRUNCATE ON purged
    FOR EACH STATEMENT EXECUTE FUNCTION purged_is_append_only();
