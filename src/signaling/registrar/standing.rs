//! Where a phone is: what operations see of it.

use crate::base::UnixTime;
use crate::signaling::Flow;
use crate::sip::Uri;
use std::sync::Arc;

/// A phone as it is registered now.
#[derive(Clone, Debug, PartialEq)]
pub struct PhoneStanding {
    /// Its name.
    pub phone: Arc<str>,
    /// Where it is rung, the place that registered last first; none: it is not registered.
    pub places: Vec<PhonePlace>,
}

/// A place where a phone is rung.
#[derive(Clone, Debug, PartialEq)]
pub struct PhonePlace {
    /// Its Contact.
    pub contact: Uri,
    /// The path that it registered from, by which it is rung.
    pub flow: Flow,
    /// When its registration ends, where it is not renewed.
    pub until: UnixTime,
}
