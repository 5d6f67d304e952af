//! The payload of a telephone-event packet (RFC 4733 2.3).

/// One report of an event that goes on or has ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TelephoneEvent {
    /// 0 to 15 are the sixteen keys; others are not ours to act on.
    pub event: u8,
    /// Whether the key is up again.
    pub end: bool,
    /// Level in -dBm0, 0 to 63.
    pub volume: u8,
    /// How long since the packet's timestamp, in timestamp units.
    pub duration: u16,
}

impl TelephoneEvent {
    /// Bytes of a payload with one event.
    pub const BYTES: usize = 4;

    /// Reads a payload; of several events in one packet the first. `None` where it is too short.
    pub fn read(payload: &[u8]) -> Option<TelephoneEvent> {
        let [event, flags, high, low, ..] = *payload else { return None };
        Some(TelephoneEvent {
            event,
            end: flags & 0x80 != 0,
            volume: flags & 0x3f,
            duration: u16::from_be_bytes([high, low]),
        })
    }

    /// The payload. A volume above 63 is written as 63.
    pub fn to_bytes(self) -> [u8; Self::BYTES] {
        let [high, low] = self.duration.to_be_bytes();
        [self.event, u8::from(self.end) << 7 | self.volume.min(63), high, low]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_layout_is_the_rfcs_both_ways() {
        let event = TelephoneEvent { event: 11, end: true, volume: 10, duration: 0x0320 };
        assert_eq!(event.to_bytes(), [11, 0x8a, 0x03, 0x20]);
        assert_eq!(TelephoneEvent::read(&event.to_bytes()), Some(event));
        assert_eq!(
            TelephoneEvent::read(&[1, 0x4a, 0, 160]).map(|e| (e.end, e.volume)),
            Some((false, 10)),
            "R bit"
        );
        assert_eq!(TelephoneEvent::read(&[5, 0, 1]), None);
        assert_eq!(TelephoneEvent::read(&[5, 0, 0, 1, 6, 0, 0, 1]).map(|e| e.event), Some(5));
    }
}
