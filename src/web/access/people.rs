//! The people who may log in.

use super::password::{BadPassword, Password, hash_password};
use super::role::Role;
use super::token::random;
use crate::base::Secret;
use std::collections::BTreeMap;

/// Somebody who may log in.
#[derive(Clone, Debug)]
pub struct Person {
    /// The name people know.
    pub name: String,
    /// What they may do.
    pub role: Role,
    /// What they prove themselves with.
    pub password: Password,
}

/// The people of the settings who have a password, by the name they log in with.
#[derive(Clone, Debug)]
pub struct People {
    people: BTreeMap<String, Person>,
    /// What is checked for a name that nobody has, so that an answer takes the same time.
    nobody: Password,
}

impl People {
    /// Those of the settings: login, name people know, role, password. Hashes what is not hashed, one after another.
    ///
    /// # Errors
    /// The login whose password cannot be used.
    pub fn new(
        people: impl IntoIterator<Item = (String, String, Role, Secret<String>)>,
    ) -> Result<People, (String, BadPassword)> {
        let read = |(login, name, role, password): (String, String, Role, Secret<String>)| {
            let read = Password::read(&password, &login).map_err(|bad| (login.clone(), bad))?;
            Ok((login, Person { name, role, password: read }))
        };
        let people = people.into_iter().map(read).collect::<Result<_, _>>()?;
        let unknown = random::<16>().iter().map(|byte| format!("{byte:02x}")).collect();
        let nobody = Secret::new(hash_password(&Secret::new(unknown)));
        let nobody = Password::read(&nobody, "").map_err(|bad| ("nobody".to_string(), bad))?;
        Ok(People { people, nobody })
    }

    /// The person of a login.
    pub fn get(&self, login: &str) -> Option<&Person> {
        self.people.get(login)
    }

    /// Whether login and password belong together. Works as long whether there is such a login or not.
    pub fn is(&self, login: &str, password: &Secret<String>) -> bool {
        match self.people.get(login) {
            Some(person) => person.password.is(password),
            None => {
                self.nobody.is(password);
                false
            }
        }
    }
}
