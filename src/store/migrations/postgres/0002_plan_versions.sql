-- The texts of dialplans that were in force, or lay in their file when an older version took its place.

CREATE TABLE plan_versions (
    name TEXT COLLATE "C" NOT NULL,
    hash TEXT COLLATE "C" NOT NULL,
    text TEXT NOT NULL,
    kept_at BIGINT NOT NULL,
    first_in_force_at BIGINT,
    by TEXT NOT NULL,
    PRIMARY KEY (name, hash)
);

CREATE INDEX plan_versions_by_time ON plan_versions (kept_at);
