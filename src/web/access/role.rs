//! The roles.

use crate::base::named::named;

named! {
    /// What somebody is to the API.
    #[derive(Default)]
    Role {
        /// Looks at cases and calls.
        Viewer "viewer",
        /// Works on cases.
        #[default]
        Agent "agent",
        /// Works on cases, and takes them out as tables.
        Supervisor "supervisor",
        /// Everything.
        Admin "admin",
        /// Looks at everything and at who did it; changes nothing.
        Auditor "auditor",
    }
}
