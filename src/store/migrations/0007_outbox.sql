-- What receivers outside are told: a row for each entry of a timeline and each receiver that asked for its kind, written
-- with the entry. `*` asks for every kind. A row goes when it was taken. The case is as it stood then, so that every
-- attempt tells the same.

CREATE TABLE receivers (
    name TEXT NOT NULL,
    kind TEXT NOT NULL,
    PRIMARY KEY (name, kind)
) STRICT, WITHOUT ROWID;

CREATE TABLE outbox (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    receiver TEXT NOT NULL,
    case_number INTEGER NOT NULL,
    position INTEGER NOT NULL,
    kind TEXT NOT NULL,
    at INTEGER NOT NULL,
    stage TEXT NOT NULL,
    fields TEXT NOT NULL,
    due_at INTEGER NOT NULL,
    attempts INTEGER NOT NULL DEFAULT 0,
    first_tried_at INTEGER,
    dead_at INTEGER,
    why TEXT
) STRICT;

CREATE INDEX outbox_by_due ON outbox (receiver, due_at) WHERE dead_at IS NULL;
CREATE INDEX outbox_by_case ON outbox (receiver, case_number, seq) WHERE dead_at IS NULL;
CREATE INDEX outbox_by_age ON outbox (receiver, at) WHERE dead_at IS NULL;
CREATE INDEX outbox_dead ON outbox (receiver, dead_at) WHERE dead_at IS NOT NULL;
