//! The roles.

use std::fmt;

/// What somebody is to the API.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    /// Looks at cases and calls.
    Viewer,
    /// Works on cases.
    #[default]
    Agent,
    /// Works on cases, and takes them out as tables.
    Supervisor,
    /// Everything.
    Admin,
    /// Looks at everything and at who did it; changes nothing.
    Auditor,
}

impl Role {
    /// Every role with its name.
    pub const NAMED: [(&'static str, Role); 5] = [
        ("viewer", Role::Viewer),
        ("agent", Role::Agent),
        ("supervisor", Role::Supervisor),
        ("admin", Role::Admin),
        ("auditor", Role::Auditor),
    ];

    /// The stable name.
    pub fn name(self) -> &'static str {
        match self {
            Role::Viewer => "viewer",
            Role::Agent => "agent",
            Role::Supervisor => "supervisor",
            Role::Admin => "admin",
            Role::Auditor => "auditor",
        }
    }

    /// The role of a name.
    pub fn from_name(name: &str) -> Option<Role> {
        Role::NAMED.into_iter().find(|(known, _)| *known == name).map(|(_, role)| role)
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
