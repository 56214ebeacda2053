-- Members without an account: since when a device has its seat, and the PIN that some want to be asked for.

-- When the link was opened there. 0: before this was noted.
ALTER TABLE seat ADD COLUMN since INTEGER NOT NULL DEFAULT 0;
-- When this device last showed its person's PIN. 0: never, or not since the PIN was set.
ALTER TABLE seat ADD COLUMN pin_shown_at INTEGER NOT NULL DEFAULT 0;
-- Wrong PINs in a row on this device.
ALTER TABLE seat ADD COLUMN pin_tries INTEGER NOT NULL DEFAULT 0;

CREATE TABLE member_pin (
    practice    BLOB NOT NULL REFERENCES practice (id),
    room        BLOB NOT NULL REFERENCES room (id),
    participant BLOB NOT NULL,
    -- Argon2id, under the person's own key: so few digits would be found in a stolen copy.
    sealed_hash BLOB NOT NULL,
    set_at      INTEGER NOT NULL,
    -- Wrong tries of devices that never showed it.
    spent       INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (room, participant)
) STRICT, WITHOUT ROWID;
