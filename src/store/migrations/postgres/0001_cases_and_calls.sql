-- Cases, what happened to them, and the calls they came from. Moments are milliseconds since 1970.

CREATE TABLE counters (
    name TEXT PRIMARY KEY,
    next BIGINT NOT NULL
);

INSERT INTO counters (name, next) VALUES ('case', 1);

-- The columns that are searched are read out of `fields`, so that every fact is written once.
CREATE TABLE cases (
    number BIGINT PRIMARY KEY,
    opened_at BIGINT NOT NULL,
    channel TEXT NOT NULL,
    stage TEXT NOT NULL,
    fields JSON NOT NULL,
    desk TEXT GENERATED ALWAYS AS (fields ->> 'desk') STORED,
    severity TEXT GENERATED ALWAYS AS (fields ->> 'severity') STORED,
    caller TEXT GENERATED ALWAYS AS (fields ->> 'caller') STORED
);

CREATE INDEX cases_by_stage ON cases (stage, number);
CREATE INDEX cases_by_desk ON cases (desk, number);
CREATE INDEX cases_by_caller ON cases (caller, number);

CREATE TABLE timeline (
    case_number BIGINT NOT NULL,
    position BIGINT NOT NULL,
    at BIGINT NOT NULL,
    by TEXT NOT NULL,
    event TEXT NOT NULL,
    PRIMARY KEY (case_number, position)
);

CREATE TABLE calls (
    id TEXT COLLATE "C" PRIMARY KEY,
    started_at BIGINT NOT NULL,
    case_number BIGINT,
    record TEXT NOT NULL
);

CREATE INDEX calls_by_start ON calls (started_at, id);
CREATE INDEX calls_by_case ON calls (case_number);
