//! `madoguchi password`: what a password is written as in the settings.

use super::{BAD, GOOD, Status};
use crate::base::Secret;
use crate::cli::output::{complain_line, print};
use crate::web::hash_password;
use std::io::{IsTerminal, Read};

/// The longest password, in bytes.
const LONGEST: u64 = 1_024;

pub(super) const HELP: &str = "Reads the password from standard input and prints its hash (argon2id), for `password` \
    in\n[agents.NAME]. From a terminal what is typed is seen: pipe it from where it is kept.\n\
    Example: madoguchi password < sato.password";

pub(super) fn run() -> Status {
    if std::io::stdin().is_terminal() {
        complain_line("type the password, Enter, Ctrl-D");
    }
    let mut text = String::new();
    let read = std::io::stdin().take(LONGEST + 2).read_to_string(&mut text);
    let password = text.trim_end_matches(['\n', '\r']);
    let why = match read {
        Err(error) => format!("cannot read the password: {error}"),
        Ok(_) if password.is_empty() => "standard input has no password".to_string(),
        Ok(_) if password.len() as u64 > LONGEST => format!("a password has at most {LONGEST} bytes"),
        Ok(_) => {
            print(&format!("{}\n", hash_password(&Secret::new(password.to_string()))));
            return GOOD;
        }
    };
    complain_line(why);
    BAD
}
