-- Who has bought what: contracts, by what they are found, and the keyed hashes of their PINs.

CREATE TABLE contracts (
    number TEXT NOT NULL PRIMARY KEY,
    customer TEXT NOT NULL,
    option TEXT NOT NULL,
    products TEXT NOT NULL,
    new_pricing INTEGER NOT NULL,
    japanese_support INTEGER NOT NULL,
    trial INTEGER NOT NULL,
    starts TEXT NOT NULL,
    ends TEXT NOT NULL
) STRICT;

CREATE TABLE customer_keys (
    contract TEXT NOT NULL REFERENCES contracts (number) ON DELETE CASCADE,
    kind TEXT NOT NULL,
    folded TEXT NOT NULL,
    written TEXT NOT NULL,
    PRIMARY KEY (contract, kind, folded)
) STRICT;

CREATE INDEX customer_keys_by_key ON customer_keys (kind, folded);

CREATE TABLE customer_pins (
    hash TEXT NOT NULL PRIMARY KEY,
    contract TEXT NOT NULL REFERENCES contracts (number) ON DELETE CASCADE
) STRICT;

CREATE INDEX customer_pins_by_contract ON customer_pins (contract);
