//! Diagnostics with spans: what is wrong in a file somebody wrote, where, and what to type instead.
//!
//! Owns: [`Diagnostic`] and its rendering, [`Diagnostics`] that collects them, the suggestion of a
//! mistyped word, and [`Table`], a reader of TOML that keeps every span and never stops at the first
//! mistake. Does not know: files (a [`Source`] is a name and a text), what any key means, JSON.
//!
//! Invariants: a code is stable once published; a message is one short lower-case line that says what is
//! wrong here, without control characters; a span lies within its source's text, whatever was written;
//! one slip is one diagnostic, not one more for each thing that follows from it.
//!
//! Reading a file, key by key:
//!
//! ```
//! use madoguchi::diag::{Diagnostics, Document, Source};
//! use std::time::Duration;
//!
//! let source = Source::new("desk.toml", "name = \"japan\"\nwait = \"5s\"\nmusik = \"hold\"\n");
//! let mut found = Diagnostics::new();
//! let document = Document::parse(&source, &mut found);
//! let mut desk = document.table();
//! let name = desk.need::<String>("name", &mut found).map(|n| n.value);
//! let wait = desk.take::<Duration>("wait", &mut found).map_or(Duration::ZERO, |w| w.value);
//! let music = desk.take::<String>("music", &mut found);
//! desk.finish(&mut found);
//!
//! assert_eq!((name.as_deref(), wait, music.is_none()), (Some("japan"), Duration::from_secs(5), true));
//! let unknown = &found.all()[0];
//! assert_eq!((unknown.code, unknown.line(), unknown.column()), ("unknown-key", 3, 1));
//! assert_eq!(unknown.help.as_deref(), Some("did you mean `music`?"));
//! ```
//!
//! To add a type that a key can hold: implement [`FromToml`] where the type lives.

mod collector;
mod diagnostic;
mod render;
mod source;
mod suggest;
mod syntax;
mod table;
mod value;

pub use collector::Diagnostics;
pub use diagnostic::{Diagnostic, Severity};
pub use source::{Place, Source, Span};
pub use suggest::{did_you_mean, suggestion};
pub use table::{Document, Table};
pub use value::{At, FromToml, Value, parse_duration, write_duration};
