-- What agents chose to be: who chose nothing is available.

CREATE TABLE presences (
    agent TEXT COLLATE "C" PRIMARY KEY,
    presence TEXT NOT NULL,
    chosen_at BIGINT NOT NULL
);
