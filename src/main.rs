//! The `madoguchi` command: parses the command line and hands it to `madoguchi::cli`.
fn main() {}
