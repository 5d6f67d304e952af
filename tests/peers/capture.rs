//! Capture files (pcap) that SIPp plays: RTP telephone-events in UDP in IPv4 in Ethernet.

use madoguchi::base::Digit;
use madoguchi::rtp::TelephoneEvent;
use std::time::Duration;

/// The payload type that our scenarios offer for events.
const EVENT_PAYLOAD: u8 = 101;
const PACKET: Duration = Duration::from_millis(20);
const SSRC: [u8; 4] = [0x0d, 0x17, 0x0f, 0x01];
/// The end of an event is sent so often (RFC 4733 2.5.1.4).
const ENDS: usize = 3;

/// A capture of keys, each held and followed by a rest, counted by this clock.
pub fn events(clock_hz: u32, keys: impl Iterator<Item = (Digit, Duration, Duration)>) -> Vec<u8> {
    let mut capture = Capture::new(clock_hz);
    for (digit, hold, rest) in keys {
        capture.key(digit, hold);
        capture.at += rest;
    }
    capture.file
}

struct Capture {
    clock_hz: u32,
    file: Vec<u8>,
    at: Duration,
    sequence: u16,
}

impl Capture {
    fn new(clock_hz: u32) -> Capture {
        // Magic, version 2.4, zone, accuracy, longest packet, Ethernet.
        let head: [u32; 6] = [0xa1b2_c3d4, 0x0004_0002, 0, 0, 65_535, 1];
        let file = head.iter().flat_map(|word| word.to_le_bytes()).collect();
        Capture { clock_hz, file, at: Duration::from_millis(20), sequence: 1 }
    }

    fn key(&mut self, digit: Digit, hold: Duration) {
        let timestamp = u32::try_from(self.at.as_millis()).expect("short") * (self.clock_hz / 1_000);
        let packets = u32::try_from(hold.as_millis() / PACKET.as_millis()).expect("short");
        for number in 1..=packets {
            self.event(digit, timestamp, number, number == 1, false);
            self.at += PACKET;
        }
        for _ in 0..ENDS {
            self.event(digit, timestamp, packets, false, true);
        }
        self.at += PACKET;
    }

    fn event(&mut self, digit: Digit, timestamp: u32, packets: u32, marker: bool, end: bool) {
        let duration = u16::try_from(packets * (self.clock_hz / 50)).expect("a short key");
        let event = TelephoneEvent { event: digit.event(), end, volume: 10, duration };
        let mut rtp = vec![0x80, EVENT_PAYLOAD | if marker { 0x80 } else { 0 }];
        rtp.extend(self.sequence.to_be_bytes());
        rtp.extend(timestamp.to_be_bytes());
        rtp.extend(SSRC);
        rtp.extend(event.to_bytes());
        self.sequence += 1;
        self.packet(&rtp);
    }

    fn packet(&mut self, payload: &[u8]) {
        let length = |bytes: usize| u16::try_from(bytes).expect("a small packet").to_be_bytes();
        let mut packet = vec![0; 12];
        packet.extend([0x08, 0x00, 0x45, 0x00]);
        packet.extend(length(28 + payload.len()));
        packet.extend([0, 0, 0, 0, 64, 17, 0, 0, 127, 0, 0, 1, 127, 0, 0, 1]);
        packet.extend([0x17, 0x70, 0x17, 0x70]);
        packet.extend(length(8 + payload.len()));
        packet.extend([0, 0]);
        packet.extend(payload);
        let size = u32::try_from(packet.len()).expect("a small packet");
        let seconds = u32::try_from(self.at.as_secs()).expect("short");
        for word in [seconds, self.at.subsec_micros(), size, size] {
            self.file.extend(word.to_le_bytes());
        }
        self.file.extend(packet);
    }
}
