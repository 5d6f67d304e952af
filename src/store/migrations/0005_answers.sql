-- Answers to requests that carry an `Idempotency-Key`, for a day: whoever asks the same again is told the same. One
-- without a status is being made.

CREATE TABLE answers (
    scope TEXT NOT NULL,
    key TEXT NOT NULL,
    question TEXT NOT NULL,
    asked_at INTEGER NOT NULL,
    status INTEGER,
    head TEXT,
    body TEXT,
    PRIMARY KEY (scope, key)
) STRICT, WITHOUT ROWID;

CREATE INDEX answers_by_time ON answers (asked_at);
