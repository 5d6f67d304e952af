//! Tests: wire.

mod prompts;
