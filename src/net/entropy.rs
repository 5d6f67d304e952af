//! Randomness of the operating system, for the seed of a run that is not to be repeated.

use crate::base::Rng;
use rand_chacha::rand_core::{OsRng, TryRngCore};

/// A generator that nobody can predict.
///
/// # Panics
/// Where the operating system gives no randomness: nothing may start without it.
pub fn fresh_rng() -> Rng {
    let mut seed = [0; 32];
    OsRng.try_fill_bytes(&mut seed).expect("the operating system gives randomness");
    Rng::from_entropy(seed)
}
