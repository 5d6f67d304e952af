//! The `madoguchi` command: parses the command line and hands it to `madoguchi::cli`.

use std::process::ExitCode;

fn main() -> ExitCode {
    madoguchi::cli::main()
}
