//! The API over real connections and a real store: who may do what, and what hostile requests come to.

mod access;
mod agents;
mod desk;
mod following;
mod hostile;
mod logins;
mod proxied;
mod reading;
mod writing;

pub(in crate::web) use desk::{Desk, OPEN, Told};
