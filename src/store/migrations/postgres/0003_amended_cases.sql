-- Cases are amended by people beside their call: what they wrote (`amended`, a merge patch by RFC 7396, and the stage they
-- led the case to) stays, whatever the call writes after it. `version` grows with every change; `look_at` is when time
-- itself changes something.

ALTER TABLE cases ADD COLUMN amended TEXT;
ALTER TABLE cases ADD COLUMN amended_stage TEXT;
ALTER TABLE cases ADD COLUMN version BIGINT NOT NULL DEFAULT 1;
ALTER TABLE cases ADD COLUMN look_at BIGINT;
ALTER TABLE cases ADD COLUMN queue TEXT GENERATED ALWAYS AS (fields ->> 'queue') STORED;
ALTER TABLE cases ADD COLUMN option TEXT GENERATED ALWAYS AS (fields ->> 'option') STORED;
ALTER TABLE cases ADD COLUMN product TEXT GENERATED ALWAYS AS (fields ->> 'product') STORED;
ALTER TABLE cases ADD COLUMN agent TEXT GENERATED ALWAYS AS (fields ->> 'agent') STORED;
ALTER TABLE cases ADD COLUMN facet TEXT COLLATE "C" GENERATED ALWAYS AS (
    stage || '|' || coalesce(fields ->> 'desk', '') || '|' || coalesce(fields ->> 'severity', '')
        || '|' || coalesce(fields ->> 'option', '') || '|' || coalesce(fields ->> 'product', '') || '|' || coalesce(fields ->> 'queue', '')
) STORED;

DROP INDEX cases_by_stage;
DROP INDEX cases_by_desk;
DROP INDEX cases_by_caller;

CREATE INDEX cases_to_look_at ON cases (look_at) WHERE look_at IS NOT NULL;

-- What lists are made of: narrow, so that a page is found in an index alone.
CREATE TABLE listed (
    number BIGINT PRIMARY KEY,
    opened_at BIGINT NOT NULL,
    facet TEXT COLLATE "C" NOT NULL,
    agent TEXT,
    caller TEXT
);

CREATE INDEX listed_by_time ON listed (opened_at, number);
CREATE INDEX listed_by_facet ON listed (facet, opened_at, number);
CREATE INDEX listed_by_caller ON listed (caller, opened_at, number, facet);
CREATE INDEX listed_by_agent ON listed (agent, opened_at, number, facet);

INSERT INTO listed SELECT number, opened_at, facet, agent, caller FROM cases;

-- The few values that cases are searched by, as they occur together: a list of any of them begins with the newest case of
-- each facet that fits.
CREATE TABLE facets (
    facet TEXT COLLATE "C" PRIMARY KEY,
    stage TEXT NOT NULL,
    desk TEXT,
    severity TEXT,
    option TEXT,
    product TEXT,
    queue TEXT
);

INSERT INTO facets SELECT DISTINCT facet, stage, desk, severity, option, product, queue FROM cases;
