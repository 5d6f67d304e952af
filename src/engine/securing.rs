//! How a leg's audio is secured: with which keys, and how the far side is found.

use super::{DialTarget, Engine, MediaSecurity, Way, border};
use crate::sdp::{Credentials, Crypto, Protection};
use crate::signaling::Target;

impl Engine {
    /// Our keys for a leg whose signaling takes such a path, where it may have any.
    pub(super) fn protection(&mut self, is_secure: bool, required: bool) -> Protection {
        let certificate = self.config.certificate;
        match self.config.encryption.covers(is_secure) {
            true => Protection { keys: Crypto::fresh(&mut self.rng), certificate, required },
            false => Protection { certificate, ..Protection::default() },
        }
    }

    /// What checks of a leg are known by.
    pub(super) fn credentials(&mut self) -> Credentials {
        Credentials::fresh(&mut self.credentials)
    }

    /// How audio is offered to these places, which are reached at these targets.
    pub(super) fn secured(
        &mut self,
        places: &[DialTarget],
        targets: &[Target],
    ) -> (Protection, Option<Credentials>) {
        let by_dtls = |certificate| Protection { certificate, required: true, ..Protection::default() };
        let certificate = self.config.certificate;
        match self.media_security(places) {
            MediaSecurity::Auto if border::desk::are_browsers(targets) && certificate.is_some() => {
                (by_dtls(certificate), Some(self.credentials()))
            }
            MediaSecurity::Auto => {
                let (is_secure, required) = border::desk::security(targets);
                let whole = self.protection(is_secure, required);
                (Protection { certificate: None, ..whole }, None)
            }
            MediaSecurity::Plain => (Protection::default(), None),
            MediaSecurity::Sdes => {
                let keys = Crypto::fresh(&mut self.rng);
                (Protection { keys, certificate: None, required: true }, None)
            }
            MediaSecurity::Dtls => (by_dtls(certificate), Some(self.credentials())),
        }
    }

    /// What is wanted of all of these places: one offer goes to all. Where they are not of one mind, one that takes keys
    /// alone decides for the others, so that nothing of its audio is ever clear.
    fn media_security(&self, places: &[DialTarget]) -> MediaSecurity {
        let of = |place: &DialTarget| match &place.way {
            Way::Phone(name) => self.config.media_security.get(name).copied().unwrap_or_default(),
            Way::To(_) | Way::By { .. } => MediaSecurity::Auto,
        };
        let first = places.first().map(of).unwrap_or_default();
        let any = |wish: MediaSecurity| places.iter().any(|place| of(place) == wish);
        match places.iter().all(|place| of(place) == first) {
            true => first,
            false if any(MediaSecurity::Sdes) => MediaSecurity::Sdes,
            false if any(MediaSecurity::Dtls) => MediaSecurity::Dtls,
            false => MediaSecurity::Auto,
        }
    }
}
