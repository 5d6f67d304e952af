-- Who has bought what: contracts, by what they are found, and the keyed hashes of their PINs.

CREATE TABLE contracts (
    number TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    customer TEXT COLLATE "C" NOT NULL,
    option TEXT NOT NULL,
    products TEXT NOT NULL,
    new_pricing BIGINT NOT NULL,
    japanese_support BIGINT NOT NULL,
    trial BIGINT NOT NULL,
    starts TEXT NOT NULL,
    ends TEXT NOT NULL
);

CREATE TABLE customer_keys (
    contract TEXT COLLATE "C" NOT NULL REFERENCES contracts (number) ON DELETE CASCADE,
    kind TEXT COLLATE "C" NOT NULL,
    folded TEXT COLLATE "C" NOT NULL,
    written TEXT NOT NULL,
    PRIMARY KEY (contract, kind, folded)
);

CREATE INDEX customer_keys_by_key ON customer_keys (kind, folded);

CREATE TABLE customer_pins (
    hash TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    contract TEXT COLLATE "C" NOT NULL REFERENCES contracts (number) ON DELETE CASCADE
);

CREATE INDEX customer_pins_by_contract ON customer_pins (contract);
