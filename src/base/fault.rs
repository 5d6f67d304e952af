//! Rules that break where a test wants it: compiled into tests only.

use std::cell::Cell;

thread_local! {
    static ARMED: Cell<Option<(&'static str, u64)>> = const { Cell::new(None) };
}

/// The next time this place is passed with this key, it panics.
pub fn arm(place: &'static str, key: u64) {
    ARMED.set(Some((place, key)));
}

/// A place that may be armed.
pub fn trip(place: &'static str, key: u64) {
    if ARMED.get() == Some((place, key)) {
        ARMED.set(None);
        panic!("a fault put there by a test: {place} {key}");
    }
}
