//! RTCP: the reports that streams exchange (RFC 3550 6).

use rtcp_types::{
    Bye, Compound, CompoundBuilder, Packet, ReceiverReport, RtcpPacketWriter, RtcpPacketWriterExt, Sdes,
    SdesChunk, SdesItem, SenderReport,
};

/// Longest CNAME, in bytes (RFC 3550 6.5).
const MAX_CNAME_BYTES: usize = 255;
/// Most report blocks in one report: its count has five bits.
const MAX_BLOCKS: usize = 31;

/// One packet of a compound.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Rtcp {
    /// What a sender sent, and what it hears of others (SR).
    SenderReport {
        /// The sender.
        ssrc: u32,
        /// When, in NTP's 32.32 format.
        ntp: u64,
        /// The same moment in the stream's timestamps.
        rtp_timestamp: u32,
        /// Packets sent so far.
        packets: u32,
        /// Payload bytes sent so far.
        octets: u32,
        /// What it hears.
        blocks: Vec<ReportBlock>,
    },
    /// What someone who sends nothing hears (RR).
    ReceiverReport {
        /// The reporter.
        ssrc: u32,
        /// What it hears.
        blocks: Vec<ReportBlock>,
    },
    /// The lasting name of a source (SDES with CNAME).
    Name {
        /// The source.
        ssrc: u32,
        /// The name; over 255 bytes are cut off when written.
        cname: String,
    },
    /// Sources that leave.
    Bye {
        /// Who.
        ssrcs: Vec<u32>,
    },
}

/// How one source is heard (RFC 3550 6.4.1).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ReportBlock {
    /// The source heard.
    pub ssrc: u32,
    /// Share lost since the last report, in 256ths.
    pub fraction_lost: u8,
    /// Packets lost in all; negative where duplicates outnumber losses. 24 bits.
    pub lost: i32,
    /// Highest sequence number, wraps counted in the upper half.
    pub highest_sequence: u32,
    /// Jitter in timestamp units.
    pub jitter: u32,
    /// Middle 32 bits of the NTP time of the last sender report; 0 = none came.
    pub last_sender_report: u32,
    /// Time since that report came, in 65536ths of a second.
    pub delay_since_last_sender_report: u32,
}

/// Why a datagram is no RTCP.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("unreadable RTCP: {0}")]
pub struct RtcpError(String);

/// Reads a datagram of RTCP packets; kinds we have no use for and damaged ones are skipped.
pub fn read(bytes: &[u8]) -> Result<Vec<Rtcp>, RtcpError> {
    let compound = Compound::parse(bytes).map_err(|e| RtcpError(e.to_string()))?;
    let mut packets = Vec::new();
    for packet in compound.flatten() {
        match packet {
            Packet::Sr(report) => packets.push(sender_report(&report)),
            Packet::Rr(report) => packets.push(receiver_report(&report)),
            Packet::Sdes(sdes) => packets.extend(names(&sdes)),
            Packet::Bye(bye) => packets.push(Rtcp::Bye { ssrcs: bye.ssrcs().collect() }),
            Packet::App(_)
            | Packet::TransportFeedback(_)
            | Packet::PayloadFeedback(_)
            | Packet::Xr(_)
            | Packet::Unknown(_) => {}
        }
    }
    Ok(packets)
}

/// One datagram of these packets. RFC 3550 6.1 wants a report first and a name in it.
pub fn write(packets: &[Rtcp]) -> Vec<u8> {
    let compound = packets.iter().fold(Compound::builder(), add);
    let size = compound.calculate_size().unwrap_or(0);
    let mut bytes = vec![0; size];
    let written = compound.write_into(&mut bytes).unwrap_or(0);
    bytes.truncate(written);
    bytes
}

fn add<'a>(compound: CompoundBuilder<'a>, packet: &'a Rtcp) -> CompoundBuilder<'a> {
    match packet {
        Rtcp::SenderReport { ssrc, ntp, rtp_timestamp, packets, octets, blocks } => {
            let report = SenderReport::builder(*ssrc)
                .ntp_timestamp(*ntp)
                .rtp_timestamp(*rtp_timestamp)
                .packet_count(*packets)
                .octet_count(*octets);
            let blocks = blocks.iter().take(MAX_BLOCKS);
            compound.add_packet(blocks.fold(report, |r, b| r.add_report_block(block_builder(b))))
        }
        Rtcp::ReceiverReport { ssrc, blocks } => {
            let report = ReceiverReport::builder(*ssrc);
            let blocks = blocks.iter().take(MAX_BLOCKS);
            compound.add_packet(blocks.fold(report, |r, b| r.add_report_block(block_builder(b))))
        }
        Rtcp::Name { ssrc, cname } => {
            let item = SdesItem::builder(SdesItem::CNAME, cut(cname));
            compound.add_packet(Sdes::builder().add_chunk(SdesChunk::builder(*ssrc).add_item(item)))
        }
        Rtcp::Bye { ssrcs } => {
            let ssrcs = ssrcs.iter().take(MAX_BLOCKS);
            compound.add_packet(ssrcs.fold(Bye::builder(), |b, ssrc| b.add_source(*ssrc)))
        }
    }
}

fn cut(cname: &str) -> &str {
    let end = (0..=MAX_CNAME_BYTES.min(cname.len())).rev().find(|n| cname.is_char_boundary(*n));
    cname.get(..end.unwrap_or(0)).unwrap_or_default()
}

fn block_builder(block: &ReportBlock) -> rtcp_types::ReportBlockBuilder {
    rtcp_types::ReportBlock::builder(block.ssrc)
        .fraction_lost(block.fraction_lost)
        .cumulative_lost(block.lost.clamp(-0x80_0000, 0x7f_ffff) as u32 & 0xff_ffff)
        .extended_sequence_number(block.highest_sequence)
        .interarrival_jitter(block.jitter)
        .last_sender_report_timestamp(block.last_sender_report)
        .delay_since_last_sender_report_timestamp(block.delay_since_last_sender_report)
}

fn read_block(block: rtcp_types::ReportBlock<'_>) -> ReportBlock {
    ReportBlock {
        ssrc: block.ssrc(),
        fraction_lost: block.fraction_lost(),
        lost: ((block.cumulative_lost() << 8) as i32) >> 8,
        highest_sequence: block.extended_sequence_number(),
        jitter: block.interarrival_jitter(),
        last_sender_report: block.last_sender_report_timestamp(),
        delay_since_last_sender_report: block.delay_since_last_sender_report_timestamp(),
    }
}

fn sender_report(report: &SenderReport<'_>) -> Rtcp {
    Rtcp::SenderReport {
        ssrc: report.ssrc(),
        ntp: report.ntp_timestamp(),
        rtp_timestamp: report.rtp_timestamp(),
        packets: report.packet_count(),
        octets: report.octet_count(),
        blocks: report.report_blocks().map(read_block).collect(),
    }
}

fn receiver_report(report: &ReceiverReport<'_>) -> Rtcp {
    Rtcp::ReceiverReport { ssrc: report.ssrc(), blocks: report.report_blocks().map(read_block).collect() }
}

fn names(sdes: &Sdes<'_>) -> Vec<Rtcp> {
    let mut names = Vec::new();
    for chunk in sdes.chunks() {
        let cname = chunk.items().find(|i| i.type_() == SdesItem::CNAME);
        let text = cname.map(|i| String::from_utf8_lossy(i.value()).into_owned());
        names.extend(text.map(|cname| Rtcp::Name { ssrc: chunk.ssrc(), cname }));
    }
    names
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Rng;
    use crate::rtp::is_rtcp;

    fn compound() -> Vec<Rtcp> {
        let block = ReportBlock {
            ssrc: 9,
            fraction_lost: 12,
            lost: -3,
            highest_sequence: 0x0001_ffff,
            jitter: 80,
            last_sender_report: 0xaabb_ccdd,
            delay_since_last_sender_report: 65_536,
        };
        vec![
            Rtcp::SenderReport {
                ssrc: 7,
                ntp: 0x1122_3344_5566_7788,
                rtp_timestamp: 160,
                packets: 1,
                octets: 160,
                blocks: vec![block],
            },
            Rtcp::ReceiverReport { ssrc: 8, blocks: vec![ReportBlock { lost: 0x7f_ffff, ..block }, block] },
            Rtcp::Name { ssrc: 7, cname: "窓口@192.0.2.1".into() },
            Rtcp::Bye { ssrcs: vec![7, 8] },
        ]
    }

    #[test]
    fn a_compound_reads_back_as_written() {
        let bytes = write(&compound());
        assert!(is_rtcp(&bytes));
        assert_eq!(bytes.len() % 4, 0);
        assert_eq!(bytes.get(..8), Some(&[0x81, 200, 0, 12, 0, 0, 0, 7][..]));
        assert_eq!(read(&bytes), Ok(compound()));
    }

    #[test]
    fn too_much_is_cut_not_refused() {
        let long = Rtcp::Name { ssrc: 1, cname: "口".repeat(200) };
        assert_eq!(read(&write(&[long])), Ok(vec![Rtcp::Name { ssrc: 1, cname: "口".repeat(85) }]));
        let many = Rtcp::ReceiverReport { ssrc: 1, blocks: vec![ReportBlock::default(); 40] };
        let read = read(&write(&[many])).expect("readable");
        assert!(matches!(read.as_slice(), [Rtcp::ReceiverReport { blocks, .. }] if blocks.len() == 31));
    }

    #[test]
    fn kinds_of_no_use_are_skipped() {
        let mut bytes = write(&[Rtcp::ReceiverReport { ssrc: 1, blocks: Vec::new() }]);
        bytes.extend([0x80, 204, 0, 2, 0, 0, 0, 1, b'n', b'a', b'm', b'e']);
        bytes.extend([0x80, 222, 0, 0]);
        assert_eq!(read(&bytes), Ok(vec![Rtcp::ReceiverReport { ssrc: 1, blocks: Vec::new() }]));
        assert!(read(&[]).is_err() && read(&[0x80, 200, 0, 9]).is_err());
    }

    #[test]
    fn damaged_compounds_never_panic() {
        let mut rng = Rng::from_seed(3611);
        let whole = write(&compound());
        let mut understood = 0;
        for _ in 0..100_000 {
            let mut bytes = whole.clone();
            for _ in 0..=rng.below(6) {
                let at = rng.below(bytes.len() as u64) as usize;
                bytes[at] = rng.next_u32() as u8;
            }
            bytes.truncate(rng.below(4) as usize * 40 + rng.below(120) as usize);
            understood += usize::from(read(&bytes).is_ok());
        }
        assert!(understood > 100, "{understood}");
    }
}
