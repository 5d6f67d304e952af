//! Tokens of the API and logins at the console: who may come in, by the hash of what they show.

use super::audit::{Deed, add};
use super::{Store, StoreError};
use crate::base::UnixTime;

/// Most tokens in one answer.
const PAGE: i64 = 500;

/// A bearer token, without what it is recognised by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Token {
    /// Its public name, unique for ever.
    pub id: String,
    /// Who or what it is for.
    pub name: String,
    /// What it may do: the name of a role.
    pub role: String,
    /// When it was made.
    pub made_at: UnixTime,
    /// From when on it counts no more.
    pub expires_at: UnixTime,
    /// When it was revoked.
    pub revoked_at: Option<UnixTime>,
    /// When it was last shown, to the minute.
    pub last_used_at: Option<UnixTime>,
}

impl Token {
    /// Whether it counts now.
    pub fn is_good(&self, now: UnixTime) -> bool {
        self.revoked_at.is_none() && now < self.expires_at
    }
}

/// Somebody who logged in at the console.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Login {
    /// The person's name in the settings.
    pub name: String,
    /// What the password is known by with which it began.
    pub password: String,
    /// When it began.
    pub began_at: UnixTime,
    /// From when on it counts no more.
    pub expires_at: UnixTime,
}

/// Columns of `tokens` as a query returns them.
type TokenColumns = (String, String, String, i64, i64, Option<i64>, Option<i64>);

fn token_of((id, name, role, made_at, expires_at, revoked_at, last_used_at): TokenColumns) -> Token {
    Token {
        id,
        name,
        role,
        made_at: UnixTime::from_millis(made_at),
        expires_at: UnixTime::from_millis(expires_at),
        revoked_at: revoked_at.map(UnixTime::from_millis),
        last_used_at: last_used_at.map(UnixTime::from_millis),
    }
}

impl Store {
    /// Keeps a new token under the hash of what it is recognised by, and that it was made.
    ///
    /// # Errors
    /// The database cannot be written.
    pub async fn keep_token(&self, token: &Token, hash: &str, deed: &Deed) -> Result<(), StoreError> {
        let mut transaction = self.writing.begin().await?;
        let query = "INSERT INTO tokens (id, hash, name, role, made_at, expires_at)
            VALUES ($1, $2, $3, $4, $5, $6)";
        add(&mut transaction, deed).await?;
        sqlx::query(query)
            .bind(token.id.clone())
            .bind(hash.to_string())
            .bind(token.name.clone())
            .bind(token.role.clone())
            .bind(token.made_at.as_millis())
            .bind(token.expires_at.as_millis())
            .execute(&mut *transaction)
            .await?;
        transaction.commit().await?;
        Ok(())
    }

    /// Every token, newest first; at most 500.
    ///
    /// # Errors
    /// The database cannot be read.
    pub async fn tokens(&self) -> Result<Vec<Token>, StoreError> {
        let query = "SELECT id, name, role, made_at, expires_at, revoked_at, last_used_at FROM tokens
            ORDER BY made_at DESC, id LIMIT $1";
        let rows: Vec<TokenColumns> = sqlx::query_as(query).bind(PAGE).fetch_all(&self.reading).await?;
        Ok(rows.into_iter().map(token_of).collect())
    }

    /// The token of a hash, whether it still counts or not.
    ///
    /// # Errors
    /// The database cannot be read.
    pub async fn token(&self, hash: &str) -> Result<Option<Token>, StoreError> {
        let query = "SELECT id, name, role, made_at, expires_at, revoked_at, last_used_at FROM tokens
            WHERE hash = $1";
        let row: Option<TokenColumns> =
            sqlx::query_as(query).bind(hash.to_string()).fetch_optional(&self.reading).await?;
        Ok(row.map(token_of))
    }

    /// Revokes a token by its id, and keeps that it was. False: there is none that is not revoked already.
    ///
    /// # Errors
    /// The database cannot be written.
    pub async fn revoke_token(&self, id: &str, deed: &Deed) -> Result<bool, StoreError> {
        let mut transaction = self.writing.begin().await?;
        add(&mut transaction, deed).await?;
        let query = "UPDATE tokens SET revoked_at = $2 WHERE id = $1 AND revoked_at IS NULL";
        let query = sqlx::query(query).bind(id.to_string()).bind(deed.at.as_millis());
        let found = query.execute(&mut *transaction).await?.rows_affected() > 0;
        if found {
            transaction.commit().await?;
        }
        Ok(found)
    }

    /// Keeps when a token was last used.
    ///
    /// # Errors
    /// The database cannot be written.
    pub async fn token_used(&self, id: &str, at: UnixTime) -> Result<(), StoreError> {
        let query = sqlx::query("UPDATE tokens SET last_used_at = $2 WHERE id = $1");
        query.bind(id.to_string()).bind(at.as_millis()).execute(&self.writing).await?;
        Ok(())
    }

    /// Keeps a login under the hash of its cookie, and forgets those that are over.
    ///
    /// # Errors
    /// The database cannot be written.
    pub async fn keep_login(&self, login: &Login, hash: &str) -> Result<(), StoreError> {
        let over = sqlx::query("DELETE FROM logins WHERE expires_at <= $1");
        over.bind(login.began_at.as_millis()).execute(&self.writing).await?;
        let query =
            "INSERT INTO logins (hash, name, password, began_at, expires_at) VALUES ($1, $2, $3, $4, $5)";
        sqlx::query(query)
            .bind(hash.to_string())
            .bind(login.name.clone())
            .bind(login.password.clone())
            .bind(login.began_at.as_millis())
            .bind(login.expires_at.as_millis())
            .execute(&self.writing)
            .await?;
        Ok(())
    }

    /// The login of a cookie's hash, where it is not over.
    ///
    /// # Errors
    /// The database cannot be read.
    pub async fn login(&self, hash: &str, now: UnixTime) -> Result<Option<Login>, StoreError> {
        let query =
            "SELECT name, password, began_at, expires_at FROM logins WHERE hash = $1 AND expires_at > $2";
        let query = sqlx::query_as(query).bind(hash.to_string()).bind(now.as_millis());
        let row: Option<(String, String, i64, i64)> = query.fetch_optional(&self.reading).await?;
        Ok(row.map(|(name, password, began_at, expires_at)| Login {
            name,
            password,
            began_at: UnixTime::from_millis(began_at),
            expires_at: UnixTime::from_millis(expires_at),
        }))
    }

    /// Ends a login by its cookie's hash.
    ///
    /// # Errors
    /// The database cannot be written.
    pub async fn end_login(&self, hash: &str) -> Result<(), StoreError> {
        let query = sqlx::query("DELETE FROM logins WHERE hash = $1");
        query.bind(hash.to_string()).execute(&self.writing).await?;
        Ok(())
    }
}
