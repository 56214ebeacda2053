-- Several machines over one database (decisions/0033). Times here are the database's own, in milliseconds: no node's clock decides anything.

-- A node is one process from its start to its end. It lives as long as its lease runs; all of its rooms live with it.
CREATE TABLE node (
    id          BYTEA NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    name        TEXT NOT NULL,
    address     TEXT NOT NULL,
    lease_until BIGINT NOT NULL,
    joined_at   BIGINT NOT NULL
);

-- Who should own a room; who does is said by owner_epoch, which is asked inside every append. Nobody once the node that stands here is gone.
ALTER TABLE room ADD COLUMN owner_node BYTEA;
CREATE INDEX room_owner ON room (owner_node) WHERE owner_node IS NOT NULL;

-- Tickets that one node gave and another may be shown. Gone once used.
CREATE TABLE ticket (
    hash        BYTEA NOT NULL PRIMARY KEY CHECK (length(hash) = 32),
    login       BYTEA NOT NULL,
    room        BYTEA NOT NULL,
    participant BYTEA NOT NULL,
    ends_at     BIGINT NOT NULL
);
CREATE INDEX ticket_login ON ticket (login, ends_at);

-- What ended on one node and closes sockets on all. Read twice a second, kept for minutes.
CREATE TABLE ended (
    n           BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at          BIGINT NOT NULL,
    login       BYTEA,
    room        BYTEA,
    participant BYTEA
);
CREATE INDEX ended_at ON ended (at);
