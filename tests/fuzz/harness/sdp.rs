//! Any bytes as a session description: read, never with more in it than was allowed.

use madoguchi::sdp;

/// No panic, the same twice, and every section's audio either whole or not usable.
pub fn run(input: &[u8]) -> bool {
    let (once, twice) = (sdp::read(input), sdp::read(input));
    assert_eq!(once, twice);
    let Ok(session) = once else { return false };
    for section in &session.sections {
        let _ = (section.receives(), section.events(48_000));
        assert!(
            !section.is_usable_audio() || section.payloads.iter().all(|payload| payload.payload_type < 128)
        );
    }
    if let Some(audio) = session.audio() {
        assert!(audio.is_usable_audio());
    }
    true
}
