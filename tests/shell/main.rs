//! Tests: shell.

mod prompts;
