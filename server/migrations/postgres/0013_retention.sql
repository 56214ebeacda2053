-- What went because its term was over (store/retention.rs, decisions/0024): one row a practice, class and run in which something went.
CREATE TABLE purged (
    practice BYTEA NOT NULL REFERENCES practice (id),
    class    TEXT NOT NULL,
    at       BIGINT NOT NULL,
    removed  BIGINT NOT NULL CHECK (removed > 0),
    -- Of the audit book: the last number that went. Elsewhere 0.
    upto     BIGINT NOT NULL,
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

-- A record goes only from the book's beginning, and only where it is written down that it went.
CREATE FUNCTION audit_goes_with_its_term() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM purged WHERE purged.practice = OLD.practice AND purged.class = 'audit' AND purged.upto >= OLD.n) THEN
        RETURN OLD;
    END IF;
    RAISE EXCEPTION 'audit is append-only';
END
$$;
DROP TRIGGER audit_never_changes ON audit;
CREATE TRIGGER audit_never_changes BEFORE UPDATE ON audit
    FOR EACH ROW EXECUTE FUNCTION audit_is_append_only();
CREATE TRIGGER audit_goes BEFORE DELETE ON audit
    FOR EACH ROW EXECUTE FUNCTION audit_goes_with_its_term();
