-- Who may use the API, who is logged in at the console, and the log of what they did. Of a token or a login only the
-- SHA-256 is kept. An entry of the log has the hash of the one before it.

CREATE TABLE tokens (
    id TEXT COLLATE "C" PRIMARY KEY,
    hash TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    role TEXT NOT NULL,
    made_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    revoked_at BIGINT,
    last_used_at BIGINT
);

CREATE TABLE logins (
    hash TEXT COLLATE "C" PRIMARY KEY,
    name TEXT NOT NULL,
    began_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);

CREATE INDEX logins_by_end ON logins (expires_at);

CREATE TABLE audit (
    seq BIGINT PRIMARY KEY,
    at BIGINT NOT NULL,
    who TEXT NOT NULL,
    source TEXT NOT NULL,
    what TEXT NOT NULL,
    subject TEXT NOT NULL,
    outcome TEXT NOT NULL,
    before TEXT NOT NULL,
    hash TEXT NOT NULL
);

INSERT INTO counters (name, next) VALUES ('audit', 1);
