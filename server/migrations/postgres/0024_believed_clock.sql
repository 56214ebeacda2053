-- The latest time at which the server believed its clock (retention.rs, decisions/0024): a clock that jumped does not move it, however often
-- the server is started under it.
CREATE TABLE believed_clock (
    id BIGINT PRIMARY KEY CHECK (id = 1),
    at BIGINT NOT NULL
);
