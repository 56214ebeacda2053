-- Members without an account: since when a device has its seat, and the PIN that some want to be asked for.

-- When the link was opened there. 0: before this was noted.
ALTER TABLE seat ADD COLUMN since BIGINT NOT NULL DEFAULT 0;
-- When this device last showed its person's PIN. 0: never, or not since the PIN was set.
ALTER TABLE seat ADD COLUMN pin_shown_at BIGINT NOT NULL DEFAULT 0;
-- Wrong PINs in a row on this device.
ALTER TABLE seat ADD COLUMN pin_tries BIGINT NOT NULL DEFAULT 0;

CREATE TABLE member_pin (
    practice    BYTEA NOT NULL REFERENCES practice (id),
    room        BYTEA NOT NULL REFERENCES room (id),
    participant BYTEA NOT NULL,
    -- Argon2id, under the person's own key: so few digits would be found in a stolen copy.
    sealed_hash BYTEA NOT NULL,
    set_at      BIGINT NOT NULL,
    -- Wrong tries of devices that never showed it.
    spent       BIGINT NOT NULL DEFAULT 0,
    PRIMARY KEY (room, participant)
);
