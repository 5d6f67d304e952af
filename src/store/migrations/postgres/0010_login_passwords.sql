-- By which password somebody logged in: the SHA-256 of its hash in the settings. A login counts while that is the person's
-- password; of those that began before this is kept nothing is known, and they are over.

ALTER TABLE logins ADD COLUMN password TEXT NOT NULL DEFAULT '';
