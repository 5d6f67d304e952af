-- A customer's cases are found without reading everybody's, and answers that are being made without reading the rest. Of a
-- customer's name so much is in the index as PostgreSQL has room for, whatever they are called.

CREATE INDEX cases_by_customer ON cases (substr(fields ->> 'customer', 1, 200), opened_at, number)
    WHERE fields ->> 'customer' IS NOT NULL;

CREATE INDEX answers_being_made ON answers (asked_at) WHERE status IS NULL;
