-- What receivers outside are told: a row for each entry of a timeline and each receiver that asked for its kind, written
-- with the entry. `*` asks for every kind. A row goes when it was taken. The case is as it stood then, so that every attempt tells the same.

CREATE TABLE receivers (
    name TEXT NOT NULL,
    kind TEXT NOT NULL,
    PRIMARY KEY (name, kind)
) STRICT, WITHOUT ROWID;

CREATE TABLE outbox (
    seq INTEGER PRIMARY KEY,
    receiver TEXT NOT NULL,
    case_number INTEGER NOT NULL,
    position INTEGER NOT NULL,
    kind TEXT NOT NULL,
    at INTEGER NOT NULL,
    stage TEXT NOT NULL,
    fields TEXT NOT NULL,
    due_at INTEGER NOT NULL DEFAULT 0,
    attempts INTEGER NOT NULL DEFAULT 0,
    first_tried_at INTEGER,
    dead_at INTEGER,
    why TEXT
) STRICT;

CREATE INDEX outbox_by_due ON outbox (receiver, due_at) WHERE dead_at IS NULL;
CREATE INDEX outbox_by_case ON outbox (receiver, case_number, seq, at) WHERE dead_at IS NULL;
CREATE INDEX outbox_dead ON outbox (receiver, dead_at) WHERE dead_at IS NOT NULL;

CREATE TRIGGER timeline_is_told AFTER INSERT ON timeline WHEN EXISTS (SELECT 1 FROM receivers)
BEGIN
    INSERT INTO outbox (receiver, case_number, position, kind, at, stage, fields)
    SELECT receivers.name, NEW.case_number, NEW.position,
        entry.name || coalesce('.' || entry.detail, ''), NEW.at, cases.stage, cases.fields
    FROM (
        SELECT NEW.event ->> 'event' AS name, coalesce(NEW.event ->> 'field', NEW.event ->> 'ring') AS detail
    ) AS entry
    JOIN receivers ON receivers.kind IN ('*', entry.name, entry.name || '.' || entry.detail)
    JOIN cases ON cases.number = NEW.case_number;
END;
