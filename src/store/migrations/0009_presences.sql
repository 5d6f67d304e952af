-- What agents chose to be: who chose nothing is available.

CREATE TABLE presences (
    agent TEXT PRIMARY KEY,
    presence TEXT NOT NULL,
    chosen_at INTEGER NOT NULL
) STRICT;
