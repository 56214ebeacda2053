-- What was acknowledged and does not stand in the journal's tables yet, in the order in which it came (store/daybook.rs). One row an event;
-- the rows of one append carry its command and the number of its last event. Only SQLite has it: see decisions/0014.
CREATE TABLE daybook (
    -- Never given twice: the writer remembers rows by their number.
    n          INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    practice   BLOB NOT NULL,
    room       BLOB NOT NULL,
    seq        INTEGER NOT NULL,
    header     BLOB NOT NULL,
    commitment BLOB NOT NULL CHECK (length(commitment) = 32),
    salt       BLOB NOT NULL,
    ciphertext BLOB NOT NULL,
    last_seq   INTEGER NOT NULL,
    actor      BLOB,
    command    BLOB
) STRICT;
