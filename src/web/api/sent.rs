//! What a request sends: its body, and what stands after `?`, each with a problem that says what is wrong.

use crate::web::problem::Problem;
use axum::body::Bytes;
use axum::extract::{FromRequest, FromRequestParts, Path, Query, Request};
use axum::http::request::Parts;
use serde::de::{DeserializeOwned, Error, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::Value;
use serde_json::error::Category;
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::fmt;

/// A body of JSON.
pub(super) struct Sent<T>(pub(super) T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Sent<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let bytes = Bytes::from_request(request, state).await.map_err(|refused| {
            Problem::new(refused.status().as_u16(), "bad-body", "Body cannot be read", refused.body_text())
        })?;
        read(&bytes).map(Sent)
    }
}

/// What a body says.
pub(super) fn read<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Problem> {
    serde_json::from_slice(bytes).map_err(|error| match error.classify() {
        Category::Data => Problem::new(422, "bad-value", "Body has a wrong value", error.to_string()),
        _ => Problem::new(400, "bad-body", "Body is no JSON", error.to_string()),
    })
}

/// The most members of an object: no case has so many fields.
const MOST_MEMBERS: usize = 128;

/// The members of an object, each once: what is judged of one is so of the only one.
#[derive(Debug, Default)]
pub(in crate::web) struct Members(BTreeMap<String, Value>);

/// Why members are none of an object.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(in crate::web) enum BadMembers {
    /// One is there twice.
    #[error("`{0}` is there twice")]
    Twice(String),
    /// There are too many.
    #[error("there are more than {MOST_MEMBERS} members")]
    TooMany,
}

impl From<BadMembers> for Problem {
    fn from(bad: BadMembers) -> Problem {
        let problem = Problem::new(422, "bad-value", "Body has a wrong value", bad.to_string());
        match bad {
            BadMembers::Twice(name) => problem.with("field", name),
            BadMembers::TooMany => problem,
        }
    }
}

impl Members {
    /// Puts one in.
    ///
    /// # Errors
    /// It is there already, or there are too many.
    pub(in crate::web) fn add(&mut self, name: String, value: Value) -> Result<(), BadMembers> {
        let has_room = self.0.len() < MOST_MEMBERS;
        match self.0.entry(name) {
            Entry::Occupied(known) => Err(BadMembers::Twice(known.key().clone())),
            Entry::Vacant(_) if !has_room => Err(BadMembers::TooMany),
            Entry::Vacant(free) => {
                free.insert(value);
                Ok(())
            }
        }
    }

    /// Each as a case's fields read it, by name; null: not known.
    pub(super) fn texts(&self) -> Result<BTreeMap<&str, Option<String>>, Problem> {
        self.0.iter().map(|(name, value)| Ok((name.as_str(), text(name, value)?))).collect()
    }
}

impl<'de> Deserialize<'de> for Members {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(Each)
    }
}

struct Each;

impl<'de> Visitor<'de> for Each {
    type Value = Members;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Members, A::Error> {
        let mut members = Members::default();
        while let Some((name, value)) = map.next_entry::<String, Value>()? {
            members.add(name, value).map_err(A::Error::custom)?;
        }
        Ok(members)
    }
}

/// A member's value as a case's fields read it; null: not known.
fn text(name: &str, value: &Value) -> Result<Option<String>, Problem> {
    let wrong = || super::change::bad_value(name, format!("{name} has a value of the wrong kind"));
    Ok(match value {
        Value::Null => None,
        Value::String(text) => Some(text.clone()),
        Value::Bool(flag) => Some(flag.to_string()),
        Value::Number(number) if number.is_u64() => Some(number.to_string()),
        Value::Object(members) if name == "entitlement" => {
            let word = |name: &str| members.get(name).and_then(Value::as_str).ok_or_else(wrong);
            let verified = members.get("verified") == Some(&Value::Bool(true));
            Some(format!("{}{}:{}", if verified { "verified " } else { "" }, word("kind")?, word("value")?))
        }
        Value::Number(_) | Value::Array(_) | Value::Object(_) => return Err(wrong()),
    })
}

/// What stands after `?`.
pub(super) struct Asked<T>(pub(super) T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequestParts<S> for Asked<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let asked = Query::<T>::from_request_parts(parts, state).await;
        let bad = |why: String| Problem::new(400, "bad-query", "Query has a wrong value", why);
        asked.map(|Query(asked)| Asked(asked)).map_err(|refused| bad(refused.body_text()))
    }
}

/// What a place in the path says.
pub(super) struct Placed<T = String>(pub(super) T);

impl<S: Send + Sync, T: DeserializeOwned + Send> FromRequestParts<S> for Placed<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let placed = Path::<T>::from_request_parts(parts, state).await;
        let bad = |why: String| Problem::new(400, "bad-path", "Path cannot be read", why);
        placed.map(|Path(placed)| Placed(placed)).map_err(|refused| bad(refused.body_text()))
    }
}
