//! `madoguchi openapi`: the description of the API.

use super::{GOOD, Status};
use crate::cli::output::print;

pub(super) const HELP: &str = "A running engine serves the same at /api/openapi.json.\n\
    Example: madoguchi openapi > madoguchi.openapi.json";

pub(super) fn run() -> Status {
    print(&crate::web::description());
    GOOD
}
