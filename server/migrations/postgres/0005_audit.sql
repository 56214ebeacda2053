-- Who came to what, and who was refused: one record an access, without names and without content (audit/mod.rs). Numbered without a gap
-- in every practice; records come in and never change.
CREATE TABLE audit (
    practice   BYTEA NOT NULL REFERENCES practice (id),
    n          BIGINT NOT NULL CHECK (n >= 1),
    header     BYTEA NOT NULL,
    -- SHA-256 over the salt and the header.
    commitment BYTEA NOT NULL CHECK (length(commitment) = 32),
    salt       BYTEA NOT NULL,
    PRIMARY KEY (practice, n)
);
CREATE FUNCTION audit_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'audit is append-only';
END
$$;
CREATE TRIGGER audit_never_changes BEFORE UPDATE OR DELETE ON audit
    FOR EACH ROW EXECUTE FUNCTION audit_is_append_only();
CREATE TRIGGER audit_never_goes BEFORE TRUNCATE ON audit
    FOR EACH STATEMENT EXECUTE FUNCTION audit_is_append_only();
