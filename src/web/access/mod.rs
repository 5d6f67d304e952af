//! Who may come in: roles, tokens, passwords, how often somebody may try, and requests that a foreign page sent.
//!
//! What each role may do is in the table of the API, beside its paths.

mod origin;
mod pace;
mod password;
mod people;
mod role;
mod token;

pub(super) use origin::{is_foreign, is_own};
pub(super) use pace::Pace;
pub use password::{BadPassword, Password, hash_password};
pub use people::{People, Person};
pub use role::Role;
pub use token::{FRESH_TOKEN, Fresh};
pub(super) use token::{fingerprint, fresh_id, hash, looks_like_token};
