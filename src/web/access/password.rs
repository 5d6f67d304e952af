//! Passwords of people, hashed with argon2id (RFC 9106) at 19 MiB and two passes.

use super::token::{digest, fingerprint, random};
use crate::base::Secret;
use argon2::password_hash::{PasswordHash, PasswordHasher, PasswordVerifier, SaltString};
use argon2::{Algorithm, Argon2, Params, Version};

/// What a PHC string of argon2id begins with; any other text is a password.
const HASHED: &str = "$argon2";
/// The most memory a hash of the settings may ask for, in KiB, and the most passes: a login must not stop the engine.
const MOST: (u32, u32) = (256 * 1024, 10);

/// Bytes of a salt.
const SALT: usize = 16;

/// A password as the settings have it.
#[derive(Clone, Debug)]
pub struct Password {
    /// PHC string.
    hash: Secret<String>,
}

/// Why a text is no password hash.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("it begins like a hash, but is no PHC string of argon2id (version 19) that this program takes")]
pub struct BadPassword;

impl Password {
    /// Of a text of the settings: a PHC string as it is, anything else hashed. That takes a while. The salt is of whom it
    /// belongs to, so that one password is known by the same at every start and at every engine.
    ///
    /// # Errors
    /// A PHC string of something else, or one that asks for more than a login may take.
    pub fn read(text: &Secret<String>, whose: &str) -> Result<Password, BadPassword> {
        Password::check(text)?;
        let is_hashed = text.reveal().starts_with(HASHED);
        let hash = || {
            let salt = digest(format!("madoguchi login {whose}").as_bytes());
            Secret::new(hashed(text, &salt[..SALT]))
        };
        Ok(Password { hash: if is_hashed { text.clone() } else { hash() } })
    }

    /// What it is known by: another one for every other password.
    pub(in crate::web) fn fingerprint(&self) -> String {
        fingerprint(self.hash.reveal())
    }

    /// Whether [`Password::read`] takes a text.
    ///
    /// # Errors
    /// As of that.
    pub fn check(text: &Secret<String>) -> Result<(), BadPassword> {
        if !text.reveal().starts_with(HASHED) {
            return Ok(());
        }
        let hash = PasswordHash::new(text.reveal()).map_err(|_| BadPassword)?;
        let params = Params::try_from(&hash).map_err(|_| BadPassword)?;
        let is_bounded = params.m_cost() <= MOST.0 && params.t_cost() <= MOST.1;
        let is_ours = hash.algorithm == argon2::ARGON2ID_IDENT && hash.version == Some(19);
        let is_whole = hash.salt.is_some() && hash.hash.is_some();
        (is_bounded && is_ours && is_whole).then_some(()).ok_or(BadPassword)
    }

    /// Whether this is the password. Takes tens of milliseconds of a processor.
    pub(super) fn is(&self, tried: &Secret<String>) -> bool {
        let hash = PasswordHash::new(self.hash.reveal());
        hash.is_ok_and(|hash| argon2().verify_password(tried.reveal().as_bytes(), &hash).is_ok())
    }
}

/// The PHC string of a password, with a salt of its own.
pub fn hash_password(text: &Secret<String>) -> String {
    hashed(text, &random::<SALT>())
}

fn hashed(text: &Secret<String>, salt: &[u8]) -> String {
    let salt = SaltString::encode_b64(salt).expect("sixteen bytes are a salt");
    let hash = argon2().hash_password(text.reveal().as_bytes(), &salt);
    hash.expect("any password and a good salt make a hash").to_string()
}

fn argon2() -> Argon2<'static> {
    Argon2::new(Algorithm::Argon2id, Version::V0x13, Params::default())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn secret(text: &str) -> Secret<String> {
        Secret::new(text.to_string())
    }

    #[test]
    fn a_hash_and_a_password_are_told_apart_and_both_recognise() {
        let hash = hash_password(&secret("geheim"));
        assert!(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{hash}");
        for text in [hash.as_str(), "geheim"] {
            let password = Password::read(&secret(text), "sato").expect("a password");
            assert!(password.is(&secret("geheim")) && !password.is(&secret("Geheim")));
            assert!(!password.is(&secret(&hash)), "the hash is not the password");
            assert!(!format!("{password:?}").contains("argon2"));
        }
    }

    #[test]
    fn a_password_is_known_by_the_same_at_every_start_and_by_another_where_it_is_another_or_anothers() {
        let known = |text: &str, whose| Password::read(&secret(text), whose).expect("good").fingerprint();
        assert_eq!(known("geheim", "sato"), known("geheim", "sato"));
        let hash = hash_password(&secret("geheim"));
        assert_eq!(known(&hash, "sato"), known(&hash, "sato"));
        let others = [known("Geheim", "sato"), known("geheim", "mori"), known(&hash, "sato")];
        assert!(others.iter().all(|other| *other != known("geheim", "sato")), "{others:?}");
    }

    #[test]
    fn hashes_of_other_kinds_and_those_that_cost_too_much_are_refused() {
        let good = hash_password(&secret("x"));
        for bad in [
            good.replace("argon2id", "argon2i"),
            good.replace("v=19", "v=16"),
            good.replace("m=19456", "m=4000000"),
            good.replace("t=2", "t=4000"),
            good.rsplit_once('$').expect("a hash").0.to_string(),
            "$argon2id$".to_string(),
        ] {
            assert_eq!(Password::check(&secret(&bad)), Err(BadPassword), "{bad}");
        }
        assert_eq!(Password::check(&secret("$2y$ is a strange password")), Ok(()));
    }
}
