//! Sockets with the options that telephony wants, ready for a poll loop.

use socket2::{Domain, Protocol, Socket, Type};
use std::io;
use std::net::{IpAddr, SocketAddr, TcpListener, UdpSocket};

/// Expedited Forwarding (RFC 3246) in the upper six bits of the traffic class: voice.
const EXPEDITED: u32 = 0xB8;
/// CS3 (RFC 4594): call signaling.
pub(super) const SIGNALING: u32 = 0x60;
/// Room for a burst of SIP datagrams while the engine is busy.
const SIP_BUFFER_BYTES: usize = 4 << 20;
/// Room for two seconds of packets at 20 ms: a worker that is late by more has lost the call anyway.
const RTP_BUFFER_BYTES: usize = 64 << 10;
const BACKLOG: i32 = 1024;

/// A SIP socket for datagrams.
pub(super) fn sip_udp(address: SocketAddr) -> io::Result<UdpSocket> {
    let socket = open(address, Type::DGRAM, Protocol::UDP)?;
    mark(&socket, address, SIGNALING);
    // The system may grant less than asked for: that is its administrator's choice.
    let _ = socket.set_recv_buffer_size(SIP_BUFFER_BYTES);
    socket.bind(&address.into())?;
    Ok(socket.into())
}

/// A listening SIP socket for streams.
pub(super) fn sip_tcp(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = open(address, Type::STREAM, Protocol::TCP)?;
    // Connections of a former run that linger in TIME_WAIT do not keep the port from us; another
    // listener still does.
    socket.set_reuse_address(true)?;
    mark(&socket, address, SIGNALING);
    socket.bind(&address.into())?;
    socket.listen(BACKLOG)?;
    Ok(socket.into())
}

/// An RTP socket and its RTCP socket on the next port, marked so (DSCP), or as voice usually is.
pub(super) fn rtp_pair(ip: IpAddr, port: u16, dscp: Option<u8>) -> io::Result<(UdpSocket, UdpSocket)> {
    let next = port.checked_add(1).ok_or(io::ErrorKind::AddrNotAvailable)?;
    let traffic_class = dscp.map_or(EXPEDITED, class);
    Ok((rtp(SocketAddr::new(ip, port), traffic_class)?, rtp(SocketAddr::new(ip, next), traffic_class)?))
}

/// The traffic class of a DSCP: its upper six bits.
pub(super) fn class(dscp: u8) -> u32 {
    u32::from(dscp) << 2
}

fn rtp(address: SocketAddr, traffic_class: u32) -> io::Result<UdpSocket> {
    let socket = open(address, Type::DGRAM, Protocol::UDP)?;
    mark(&socket, address, traffic_class);
    let _ = socket.set_recv_buffer_size(RTP_BUFFER_BYTES);
    socket.bind(&address.into())?;
    Ok(socket.into())
}

fn open(address: SocketAddr, kind: Type, protocol: Protocol) -> io::Result<Socket> {
    let socket = Socket::new(Domain::for_address(address), kind, Some(protocol))?;
    socket.set_nonblocking(true)?;
    if address.is_ipv6() {
        // Peers of one family on one socket: an IPv4 peer never shows up as ::ffff:a.b.c.d.
        socket.set_only_v6(true)?;
    }
    Ok(socket)
}

/// Marks what is sent for routers that care; where that is not permitted, packets leave unmarked.
pub(super) fn mark(socket: &Socket, address: SocketAddr, class: u32) {
    let _ = match address {
        SocketAddr::V4(_) => socket.set_tos_v4(class),
        SocketAddr::V6(_) => socket.set_tclass_v6(class),
    };
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_rtp_pair_is_two_neighbouring_ports_marked_as_voice() {
        let (rtp, rtcp) = (20_000..60_000)
            .step_by(2)
            .find_map(|port| rtp_pair(IpAddr::from([127, 0, 0, 1]), port, None).ok())
            .expect("two free ports");
        let port = |s: &UdpSocket| s.local_addr().expect("bound").port();
        assert_eq!(port(&rtcp), port(&rtp) + 1);
        assert_eq!(socket2::SockRef::from(&rtp).tos_v4().expect("readable"), EXPEDITED);
        let (taken, host) = (port(&rtp), IpAddr::from([127, 0, 0, 1]));
        assert!(rtp_pair(host, taken, None).is_err(), "a pair is not shared");
        assert!(rtp_pair(host, u16::MAX, None).is_err(), "nothing follows the last port");
        drop((rtp, rtcp));
        let (rtp, _) = rtp_pair(host, taken, Some(32)).expect("the ports are free again");
        assert_eq!(socket2::SockRef::from(&rtp).tos_v4().expect("readable"), 0x80, "as a carrier wants it");
    }
}
