-- What several machines over one database need (decisions/0033). Here there is one, and nothing of this is used; the store keeps one contract.

-- A node is one process from its start to its end. It lives as long as its lease runs; all of its rooms live with it.
CREATE TABLE node (
    id          BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    name        TEXT NOT NULL,
    address     TEXT NOT NULL,
    lease_until INTEGER NOT NULL,
    joined_at   INTEGER NOT NULL
) STRICT;

-- Who should own a room; who does is said by owner_epoch, which is asked inside every append. Nobody once the node that stands here is gone.
ALTER TABLE room ADD COLUMN owner_node BLOB;
CREATE INDEX room_owner ON room (owner_node) WHERE owner_node IS NOT NULL;

-- Tickets that one node gave and another may be shown. Gone once used.
CREATE TABLE ticket (
    hash        BLOB NOT NULL PRIMARY KEY CHECK (length(hash) = 32),
    login       BLOB NOT NULL,
    room        BLOB NOT NULL,
    participant BLOB NOT NULL,
    ends_at     INTEGER NOT NULL
) STRICT;
CREATE INDEX ticket_login ON ticket (login, ends_at);

-- What ended on one node and closes sockets on all. Read twice a second, kept for minutes.
CREATE TABLE ended (
    n           INTEGER PRIMARY KEY AUTOINCREMENT,
    at          INTEGER NOT NULL,
    login       BLOB,
    room        BLOB,
    participant BLOB
) STRICT;
CREATE INDEX ended_at ON ended (at);
