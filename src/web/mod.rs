//! HTTP: listeners, who may speak to them, what a path is, how an answer looks.
//!
//! Owns: the admin listener (health, readiness, metrics, reload), its defence against browsers,
//! problem details (RFC 9457), the text of metrics; the API with its description (OpenAPI), who may do what there,
//! the log of who did, and who follows what happens. Does not know the engine or its settings: what operations ask for is done by an
//! [`Operations`] that another room brings, and what the API shows is read from the store, or shown to it ([`Floor`]).
//!
//! Invariants: a request that a page of another site could have a browser send reaches no path of the admin listener,
//! and changes nothing by the API; bodies and connections are bounded, and a connection on which nothing comes is
//! closed; every refusal is a problem detail; health is answered whatever the rest of the engine does; no path of the
//! API is served that is not in its table, with who may use it; what changes something is answered after it is in the
//! audit log; who asks is the peer, or whom a proxy of the settings names, and nobody else names anybody.
//!
//! To add a path of the admin listener: its line in `admin.rs`, its method in [`Operations`]. To add a figure: its field
//! in [`Figures`] and its line in `metrics.rs`. To add a path of the API: its function in a file of `api/` and its row in
//! `api/table.rs`: router, description and tests follow. To tell followers of something else: its message in
//! `api/telling.rs`.

mod access;
mod admin;
mod api;
mod customer;
mod floor;
mod gate;
mod http;
mod ladders;
mod listener;
mod metrics;
mod problem;
mod proxies;

pub use access::{BadPassword, FRESH_TOKEN, Fresh, Password, People, Person, Role, hash_password};
pub use admin::{AdminListener, Operations, ReloadAsk, RollbackAsk};
pub use api::{Agent, Api, ApiConfig, Call, FormDesk, Phones, Verifier, description};
pub use floor::Floor;
pub use http::HttpListener;
pub use ladders::Ladders;
pub use listener::CannotListen;
pub use metrics::{Counted, Figures};
pub use problem::Problem;
pub use proxies::{Network, NoNetwork, Proxies};

#[cfg(test)]
mod tests;
