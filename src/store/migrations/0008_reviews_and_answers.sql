-- A customer's cases are found without reading everybody's, and answers that are being made without reading the rest.

CREATE INDEX cases_by_customer ON cases (fields ->> 'customer', opened_at, number)
    WHERE fields ->> 'customer' IS NOT NULL;

CREATE INDEX answers_being_made ON answers (asked_at) WHERE status IS NULL;
