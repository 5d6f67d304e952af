-- Cases, what happened to them, and the calls they came from. Moments are milliseconds since 1970.

CREATE TABLE counters (
    name TEXT PRIMARY KEY,
    next INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

INSERT INTO counters (name, next) VALUES ('case', 1);

-- The columns that are searched are read out of `fields`, so that every fact is written once.
CREATE TABLE cases (
    number INTEGER PRIMARY KEY,
    opened_at INTEGER NOT NULL,
    channel TEXT NOT NULL,
    stage TEXT NOT NULL,
    fields TEXT NOT NULL,
    desk TEXT GENERATED ALWAYS AS (fields ->> 'desk') VIRTUAL,
    severity TEXT GENERATED ALWAYS AS (fields ->> 'severity') VIRTUAL,
    caller TEXT GENERATED ALWAYS AS (fields ->> 'caller') VIRTUAL
) STRICT;

CREATE INDEX cases_by_stage ON cases (stage, number);
CREATE INDEX cases_by_desk ON cases (desk, number);
CREATE INDEX cases_by_caller ON cases (caller, number);

CREATE TABLE timeline (
    case_number INTEGER NOT NULL,
    position INTEGER NOT NULL,
    at INTEGER NOT NULL,
    by TEXT NOT NULL,
    event TEXT NOT NULL,
    PRIMARY KEY (case_number, position)
) STRICT, WITHOUT ROWID;

CREATE TABLE calls (
    id TEXT PRIMARY KEY,
    started_at INTEGER NOT NULL,
    case_number INTEGER,
    record TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX calls_by_start ON calls (started_at, id);
CREATE INDEX calls_by_case ON calls (case_number);
