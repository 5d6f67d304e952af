//! How a trunk stands, as JSON: what the admin listener shows, and what doctor reads.

use crate::signaling::{PlaceStanding, RegistrationStanding, TrunkStanding};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::time::Duration;

/// A trunk.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Seen {
    /// Its name.
    pub trunk: String,
    /// Whether calls can come and go.
    pub usable: bool,
    /// Its registration: `not-wanted`, `wanted`, `standing`, `failing`, `taken-back`.
    pub registration: String,
    /// The carrier's refusal, where it gave one.
    pub registration_status: Option<u16>,
    /// For how long it was granted.
    pub granted_seconds: Option<u64>,
    /// How long the newest answer to a REGISTER took.
    pub registration_ms: Option<f64>,
    /// How long the name service took.
    pub dns_ms: Option<f64>,
    /// Why the name has no address.
    pub dns_error: Option<String>,
    /// Where it is reached.
    pub places: Vec<Place>,
    /// Calls that are up.
    pub calls: usize,
    /// Calls refused because of a limit.
    pub refused: u64,
}

/// An address of a trunk.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Place {
    /// The address with its port.
    pub address: String,
    /// Whether it is used before the others.
    pub current: bool,
    /// Whether it is passed over.
    pub down: bool,
    /// The status of its newest answer to OPTIONS.
    pub options_status: Option<u16>,
    /// How long that took.
    pub options_ms: Option<f64>,
}

impl Seen {
    /// Of this standing.
    pub fn of(standing: &TrunkStanding) -> Seen {
        let (registration, registration_status, granted_seconds) = match standing.registration {
            RegistrationStanding::NotWanted => ("not-wanted", None, None),
            RegistrationStanding::Wanted => ("wanted", None, None),
            RegistrationStanding::Standing { granted } => ("standing", None, Some(granted.as_secs())),
            RegistrationStanding::Failing { status } => ("failing", status, None),
            RegistrationStanding::TakenBack => ("taken-back", None, None),
        };
        let refused = standing.refused;
        Seen {
            trunk: standing.trunk.to_string(),
            usable: standing.is_usable(),
            registration: registration.to_string(),
            registration_status,
            granted_seconds,
            registration_ms: standing.registered_in.map(ms),
            dns_ms: standing.lookup.as_ref().map(|lookup| ms(lookup.took)),
            dns_error: standing.lookup.as_ref().and_then(|lookup| lookup.error.clone()),
            places: standing.places.iter().map(Place::of).collect(),
            calls: standing.calls,
            refused: refused.full + refused.too_fast + refused.not_allowed,
        }
    }
}

impl Place {
    fn of(place: &PlaceStanding) -> Place {
        Place {
            address: place.address.to_string(),
            current: place.current,
            down: place.down,
            options_status: place.status,
            options_ms: place.round_trip.map(ms),
        }
    }
}

/// What an engine shows.
///
/// # Errors
/// In one line, where it is of another version.
pub(super) fn read(body: &Value) -> Result<Vec<Seen>, String> {
    let trunks = body.get("trunks").cloned().unwrap_or_default();
    serde_json::from_value(trunks).map_err(|error| format!("the engine shows its trunks otherwise: {error}"))
}

fn ms(took: Duration) -> f64 {
    (took.as_secs_f64() * 10_000.0).round() / 10.0
}
