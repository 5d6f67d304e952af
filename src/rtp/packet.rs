//! One RTP packet (RFC 3550 5.1), read without copying.

use rtp_rs::{RtpPacketBuilder, RtpReader, RtpReaderError, Seq};

/// Bytes of the headers we write: no contributing sources, no extension.
pub const HEADER_BYTES: usize = 12;

/// The fields a telephone stream needs; the payload without padding, extension and contributing sources.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Packet<'a> {
    /// What the payload is, 0 to 127.
    pub payload_type: u8,
    /// Start of a talk spurt or of an event.
    pub marker: bool,
    /// Grows by one a packet and wraps.
    pub sequence: u16,
    /// In the payload's clock; wraps.
    pub timestamp: u32,
    /// Who sends.
    pub ssrc: u32,
    /// The media.
    pub payload: &'a [u8],
}

/// Why a datagram is no RTP packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RtpError {
    /// Shorter than its own headers say.
    #[error("RTP packet cut short")]
    Truncated,
    /// Not version 2: something else came to this port.
    #[error("not RTP version 2")]
    Version,
    /// The padding count is 0 or longer than the payload.
    #[error("RTP padding longer than the packet")]
    Padding,
}

/// Reads one datagram.
pub fn read(bytes: &[u8]) -> Result<Packet<'_>, RtpError> {
    let reader = RtpReader::new(bytes).map_err(|e| match e {
        RtpReaderError::UnsupportedVersion(_) => RtpError::Version,
        RtpReaderError::PaddingLengthInvalid(_) => RtpError::Padding,
        RtpReaderError::BufferTooShort(_) | RtpReaderError::HeadersTruncated { .. } => RtpError::Truncated,
    })?;
    Ok(Packet {
        payload_type: reader.payload_type(),
        marker: reader.mark(),
        sequence: reader.sequence_number().into(),
        timestamp: reader.timestamp(),
        ssrc: reader.ssrc(),
        payload: reader.payload(),
    })
}

/// Replaces the buffer's content by this packet. The buffer keeps its capacity: use one again and again. A
/// payload type above 127 loses its top bit.
pub fn write_into(packet: &Packet<'_>, out: &mut Vec<u8>) {
    let builder = RtpPacketBuilder::new()
        .payload_type(packet.payload_type & 0x7f)
        .marked(packet.marker)
        .sequence(Seq::from(packet.sequence))
        .timestamp(packet.timestamp)
        .ssrc(packet.ssrc)
        .payload(packet.payload);
    out.clear();
    out.resize(builder.target_length(), 0);
    builder.build_into(out).expect("the buffer has the target length and the payload type is below 128");
}

/// Whether a datagram that came to a shared port is RTCP (RFC 5761 4): packet types 192 to 223 are RTP
/// payload types 64 to 95 with the marker, which nobody may use there.
pub fn is_rtcp(bytes: &[u8]) -> bool {
    matches!(bytes, [first, kind, ..] if first >> 6 == 2 && (192..=223).contains(kind))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Rng;

    const PACKET: Packet<'static> = Packet {
        payload_type: 0,
        marker: true,
        sequence: 65_535,
        timestamp: u32::MAX,
        ssrc: 7,
        payload: &[1, 2, 3],
    };

    fn written(packet: &Packet<'_>) -> Vec<u8> {
        let mut bytes = vec![0xee; 200];
        write_into(packet, &mut bytes);
        bytes
    }

    #[test]
    fn what_is_written_is_the_rfcs_layout_and_reads_back() {
        let bytes = written(&PACKET);
        let expected = [0x80, 0x80, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0, 0, 0, 7, 1, 2, 3];
        assert_eq!(bytes, expected);
        assert_eq!(read(&bytes), Ok(PACKET));
        let no_payload = Packet { payload: &[], payload_type: 101, marker: false, ..PACKET };
        assert_eq!(read(&written(&no_payload)), Ok(no_payload));
    }

    #[test]
    fn padding_extension_and_sources_are_no_payload() {
        let mut bytes = written(&PACKET);
        bytes[0] |= 0b0011_0001;
        bytes.splice(12..12, [9, 9, 9, 9, 0xbe, 0xde, 0, 1, 5, 5, 5, 5]);
        bytes.extend([0, 0, 3]);
        assert_eq!(read(&bytes), Ok(PACKET));
    }

    #[test]
    fn lies_about_lengths_are_refused() {
        let bytes = written(&PACKET);
        let with_first = |first: u8| [&[first], &bytes[1..]].concat();
        assert_eq!(read(&bytes[..11]), Err(RtpError::Truncated));
        assert_eq!(read(&[]), Err(RtpError::Truncated));
        assert_eq!(read(&with_first(0x8f)), Err(RtpError::Truncated), "fifteen sources");
        assert_eq!(read(&with_first(0x90)), Err(RtpError::Truncated), "an extension");
        assert_eq!(read(&with_first(0x40)), Err(RtpError::Version));
        let mut padded = with_first(0xa0);
        *padded.last_mut().expect("not empty") = 4;
        assert_eq!(read(&padded), Err(RtpError::Padding));
        *padded.last_mut().expect("not empty") = 0;
        assert_eq!(read(&padded), Err(RtpError::Padding));
    }

    #[test]
    fn random_datagrams_never_panic() {
        let mut rng = Rng::from_seed(3550);
        let mut read_well = 0;
        for _ in 0..100_000 {
            let length = rng.below(48) as usize;
            let mut bytes: Vec<u8> = (0..length).map(|_| rng.next_u32() as u8).collect();
            if let (Some(first), true) = (bytes.first_mut(), rng.chance(80)) {
                *first = 0x80 | (*first & 0x3f);
            }
            read_well += usize::from(read(&bytes).is_ok_and(|p| p.payload.len() < bytes.len()));
        }
        assert!(read_well > 1_000, "some random packets are packets: {read_well}");
    }

    #[test]
    fn rtcp_is_told_from_rtp() {
        assert!([192, 200, 201, 203, 223].iter().all(|kind| is_rtcp(&[0x80, *kind])));
        assert!([0x00, 0x80, 101, 0x80 | 101, 191, 224].iter().all(|kind| !is_rtcp(&[0x80, *kind])));
        assert!(!is_rtcp(&[0x80]) && !is_rtcp(&[]) && !is_rtcp(&[0x00, 200]));
    }
}
