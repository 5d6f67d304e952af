//! Media workers: ports, packets in time, barge-in.

use super::{PATIENCE, Peer, Running, SILENCE, free_ports, message, receive};
use crate::net::clock::Clock;
use std::net::SocketAddr;
use std::time::Duration;
use tokio::net::UdpSocket;

async fn audio() -> (UdpSocket, SocketAddr) {
    let socket = UdpSocket::bind("127.0.0.1:0").await.expect("a socket");
    let address = socket.local_addr().expect("bound");
    (socket, address)
}

/// Sequence number, timestamp, marker and payload length of an RTP packet.
fn rtp(packet: &[u8]) -> (u16, u32, bool, usize) {
    let seq = u16::from_be_bytes(packet[2..4].try_into().expect("two bytes"));
    let timestamp = u32::from_be_bytes(packet[4..8].try_into().expect("four bytes"));
    assert_eq!((packet[0], packet[1] & 0x7f), (0x80, 0), "version 2, PCMU");
    (seq, timestamp, packet[1] & 0x80 != 0, packet.len() - 12)
}

async fn next(socket: &UdpSocket) -> Vec<u8> {
    receive(socket, PATIENCE).await.expect("a packet")
}

fn opened(answer: &str) -> SocketAddr {
    answer.strip_prefix("OPENED ").expect(answer).parse().expect("an address")
}

/// Packets until nothing more comes.
async fn rest(socket: &UdpSocket) -> usize {
    let mut packets = 0;
    while receive(socket, SILENCE).await.is_some() {
        packets += 1;
    }
    packets
}

#[tokio::test]
async fn a_prompt_leaves_in_sequence_at_its_pace_and_stops_at_once() {
    let running = Running::start(&["udp:127.0.0.1:0"], free_ports(2)).await;
    let peer = Peer::of(&running).await;
    let (socket, address) = audio().await;
    let clock = Clock::start();
    let port = opened(&peer.ask(&format!("PLAY 1 1 {address}")).await);
    assert_eq!((port.ip(), port.port() % 2), (peer.engine.ip(), 0));
    let mut first = None;
    for n in 0..30_u16 {
        let (seq, timestamp, marker, payload) = rtp(&next(&socket).await);
        assert_eq!(seq, u16::MAX.wrapping_add(n));
        // A tick or more may pass between opening the stream and playing.
        assert_eq!(timestamp, *first.get_or_insert(timestamp) + 160 * u32::from(n));
        assert_eq!((marker, payload), (n == 0, 160));
    }
    let took = clock.instant().since_start();
    assert!(took >= Duration::from_millis(29 * 20 - 5), "{took:?}: faster than speech");
    assert!(took < Duration::from_secs(5), "{took:?}: slower than any machine");
    assert_eq!(peer.ask("STOP 1 1").await, "STOPPED");
    let late = rest(&socket).await;
    assert!(late <= 2, "{late} packets after the stop");
}

#[tokio::test]
async fn a_key_cuts_the_prompt_short() {
    let mut running = Running::start(&["udp:127.0.0.1:0"], free_ports(1)).await;
    let peer = Peer::of(&running).await;
    let (socket, address) = audio().await;
    let port = opened(&peer.ask(&format!("PLAY 1 1 {address}")).await);
    next(&socket).await;
    // telephone-event 5, first packet (RFC 4733 2.3).
    let event = [0x80, 0x80 | 101, 0, 1, 0, 0, 0, 160, 0, 0, 0, 9, 5, 10, 0, 160];
    socket.send_to(&event, port).await.expect("sent");
    assert_eq!(running.trouble().await, "digit 5");
    let late = rest(&socket).await;
    assert!(late <= 2, "{late} packets after the key");
}

#[tokio::test]
async fn late_packets_of_a_closed_leg_reach_nobody_even_where_no_other_port_is_free() {
    let ports = free_ports(2);
    let mut running = Running::start(&["udp:127.0.0.1:0"], ports.clone()).await;
    let peer = Peer::of(&running).await;
    let (late, _) = audio().await;
    let first = opened(&peer.ask("OPEN 1 1").await);
    assert_eq!(first.port(), *ports.start());
    let heard = || running.handle.counts().rtp_received;
    let all_read = async {
        late.send_to(&[0x80; 172], first).await.expect("sent");
        while heard() < 1 {
            peer.ask("OPTIONS sip:a").await;
        }
    };
    tokio::time::timeout(PATIENCE, all_read).await.expect("heard while it is open");
    peer.send(&message("CLOSE 1 1")).await;
    assert_eq!(peer.ask("OPTIONS sip:a").await, "OPTIONS sip:a");
    let second = opened(&peer.ask("OPEN 2 2").await);
    assert_eq!(second.port(), first.port() + 2, "the first pair rests");
    std::net::UdpSocket::bind(second).expect_err("in use");
    assert_eq!(peer.ask("OPEN 2 3").await, "FULL", "nothing is free, and the first pair still rests");
    for _ in 0..5 {
        // The system says so where nobody listens: that is an error of the next send.
        let _ = late.send_to(&[0x80; 172], first).await;
    }
    assert_eq!(peer.ask("OPEN 2 4").await, "FULL");
    assert_eq!(heard(), 1, "what came late was read by nobody");
    assert_eq!(running.trouble().await, "leg-1 closed, sent 0");
}

#[tokio::test]
async fn a_port_that_another_program_sits_on_is_passed_over() {
    let ports = free_ports(2);
    let _other = std::net::UdpSocket::bind(("127.0.0.1", *ports.start() + 1)).expect("bound");
    let running = Running::start(&["udp:127.0.0.1:0"], ports.clone()).await;
    let address = opened(&Peer::of(&running).await.ask("OPEN 1 1").await);
    assert_eq!(address.port(), *ports.start() + 2);
}

#[tokio::test]
async fn a_burst_of_packets_is_read_to_its_end() {
    let running = Running::start(&["udp:127.0.0.1:0"], free_ports(1)).await;
    let peer = Peer::of(&running).await;
    let port = opened(&peer.ask("OPEN 1 1").await);
    let (socket, _) = audio().await;
    for _ in 0..50 {
        socket.send_to(&[0x80; 172], port).await.expect("sent");
    }
    let all_read = async {
        while running.handle.counts().rtp_received < 50 {
            peer.ask("OPTIONS sip:a").await;
        }
    };
    tokio::time::timeout(PATIENCE, all_read).await.expect("in time");
}

#[tokio::test]
async fn many_streams_miss_no_packet() {
    let running = Running::start(&["udp:127.0.0.1:0"], free_ports(20)).await;
    let peer = Peer::of(&running).await;
    let mut sockets = Vec::new();
    for call in 0..20 {
        let (socket, address) = audio().await;
        opened(&peer.ask(&format!("PLAY {call} {call} {address}")).await);
        sockets.push(socket);
    }
    for socket in &sockets {
        for n in 0..20_u16 {
            assert_eq!(rtp(&next(socket).await).0, u16::MAX.wrapping_add(n));
        }
    }
    assert_eq!(running.handle.counts().rtp_unsent, 0);
}
