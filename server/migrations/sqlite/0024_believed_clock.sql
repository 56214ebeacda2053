-- The latest time at which the server believed its clock (retention.rs, decisions/0024): a clock that jumped does not move it, however often
-- the server is started under it.
CREATE TABLE believed_clock (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    at INTEGER NOT NULL
) STRICT;
