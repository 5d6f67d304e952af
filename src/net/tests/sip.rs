//! SIP transports: round trips, framing, limits, failures.

use super::{Echo, PATIENCE, Peer, Running, SILENCE, config, free_ports, message, receive};
use crate::net::{Bound, Heading, ShellConfig, StrangerLimits};
use crate::node::journal::What;
use crate::node::{Input, Node, StoreDone, StoreWrite};
use crate::signaling::Transport;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

async fn connect(running: &Running) -> TcpStream {
    TcpStream::connect(running.address(Transport::Tcp)).await.expect("connected")
}

async fn read(stream: &mut TcpStream, length: usize) -> Vec<u8> {
    let mut bytes = vec![0; length];
    let read = tokio::time::timeout(PATIENCE, stream.read_exact(&mut bytes)).await;
    read.expect("in time").expect("read");
    bytes
}

async fn reads_end(stream: &mut TcpStream) -> bool {
    let mut byte = [0];
    let read = tokio::time::timeout(PATIENCE, stream.read(&mut byte)).await.expect("in time");
    matches!(read, Ok(0) | Err(_))
}

#[tokio::test]
async fn a_datagram_is_answered_from_where_it_was_sent_to() {
    for listen in ["udp:127.0.0.1:0", "udp:[::1]:0"] {
        let running = Running::start(&[listen], free_ports(1)).await;
        let peer = Peer::of(&running).await;
        peer.send(&message("OPTIONS sip:a")).await;
        let mut buffer = [0; 200];
        let received = tokio::time::timeout(PATIENCE, peer.socket.recv_from(&mut buffer)).await;
        let (length, from) = received.expect("in time").expect("received");
        assert_eq!(from, peer.engine);
        assert_eq!(buffer[..length], message("OPTIONS sip:a")[..]);
    }
}

#[tokio::test]
async fn a_burst_of_datagrams_comes_through_in_order_and_keep_alives_are_silent() {
    let running = Running::start(&["udp:127.0.0.1:0"], free_ports(1)).await;
    let peer = Peer::of(&running).await;
    for n in 0..300 {
        peer.send(b"\r\n\r\n").await;
        peer.send(&message(&format!("OPTIONS sip:{n}"))).await;
    }
    for n in 0..300 {
        assert_eq!(peer.receive().await.into_bytes(), message(&format!("OPTIONS sip:{n}")));
    }
    assert_eq!(running.handle.counts().sip_dropped, 0);
}

#[tokio::test]
async fn a_full_inbox_drops_datagrams_and_counts_them() {
    let bound = Bound::bind(config(&["udp:127.0.0.1:0"], free_ports(1))).await.expect("bound");
    let engine = bound.listening()[0].address;
    let socket = tokio::net::UdpSocket::bind("127.0.0.1:0").await.expect("a socket");
    for n in 0..1_200 {
        socket.send_to(&message(&format!("OPTIONS sip:{n}")), engine).await.expect("sent");
        tokio::task::yield_now().await;
    }
    let mut shell = bound.start(Echo::default(), super::library()).expect("started");
    let handle = shell.handle();
    let taken = Arc::new(AtomicU64::new(0));
    let count = Arc::clone(&taken);
    shell.on_wire(Box::new(move |event| {
        count.fetch_add(u64::from(event.heading == Heading::Received), Ordering::Relaxed);
    }));
    let task = tokio::spawn(shell.run(std::future::pending()));
    while receive(&socket, SILENCE).await.is_some() {}
    assert_eq!(taken.load(Ordering::Relaxed), 1_024, "what the inbox holds");
    assert_eq!(handle.counts().sip_dropped, 1_200 - 1_024);
    task.abort();
}

#[tokio::test]
async fn a_message_split_across_segments_is_one_message_and_two_in_one_are_two() {
    for listen in ["tcp:127.0.0.1:0", "tcp:[::1]:0"] {
        let running = Running::start(&[listen], free_ports(1)).await;
        let mut stream = connect(&running).await;
        stream.set_nodelay(true).expect("set");
        let first = b"OPTIONS sip:a SIP/2.0\r\nContent-Length: 4\r\n\r\nbody".to_vec();
        for part in first.chunks(7) {
            stream.write_all(part).await.expect("written");
            tokio::task::yield_now().await;
        }
        assert_eq!(read(&mut stream, first.len()).await, first);
        let two = [message("OPTIONS sip:b"), message("OPTIONS sip:c")].concat();
        stream.write_all(&two).await.expect("written");
        assert_eq!(read(&mut stream, two.len()).await, two);
    }
}

#[tokio::test]
async fn a_keep_alive_on_a_stream_is_answered_with_one_line_end() {
    let running = Running::start(&["tcp:127.0.0.1:0"], free_ports(1)).await;
    let mut stream = connect(&running).await;
    stream.write_all(b"\r\n\r\n").await.expect("written");
    assert_eq!(read(&mut stream, 2).await, b"\r\n");
    stream.write_all(&message("OPTIONS sip:a")).await.expect("written");
    assert_eq!(read(&mut stream, message("OPTIONS sip:a").len()).await, message("OPTIONS sip:a"));
}

#[tokio::test]
async fn that_a_peer_has_closed_its_connection_is_told() {
    let mut running = Running::start(&["tcp:127.0.0.1:0"], free_ports(1)).await;
    let mut stream = connect(&running).await;
    let ours = stream.local_addr().expect("bound");
    stream.write_all(&message("OPTIONS sip:a")).await.expect("written");
    read(&mut stream, message("OPTIONS sip:a").len()).await;
    drop(stream);
    assert_eq!(running.gone().await, format!("gone {ours}"));
}

#[tokio::test]
async fn a_connection_is_opened_on_demand_and_used_again_both_ways() {
    let running = Running::start(&["tcp:127.0.0.1:0"], free_ports(1)).await;
    let far = TcpListener::bind("127.0.0.1:0").await.expect("listening");
    let relayed = message(&format!("RELAY {}", far.local_addr().expect("bound")));
    let mut stream = connect(&running).await;
    stream.write_all(&relayed).await.expect("written");
    stream.write_all(&relayed).await.expect("written");
    let (mut opened, _) =
        tokio::time::timeout(PATIENCE, far.accept()).await.expect("in time").expect("accepted");
    assert_eq!(read(&mut opened, 2 * relayed.len()).await, relayed.repeat(2));
    opened.write_all(&message("OPTIONS sip:back")).await.expect("written");
    assert_eq!(read(&mut opened, message("OPTIONS sip:back").len()).await, message("OPTIONS sip:back"));
}

#[tokio::test]
async fn a_peer_that_refuses_the_connection_is_a_failed_transport() {
    let mut running = Running::start(&["tcp:127.0.0.1:0", "udp:127.0.0.1:0"], free_ports(1)).await;
    let nobody = TcpListener::bind("127.0.0.1:0").await.expect("listening").local_addr().expect("bound");
    connect(&running).await.write_all(&message(&format!("RELAY {nobody}"))).await.expect("written");
    assert_eq!(running.trouble().await, format!("failed {nobody}"));
    // From 127.0.0.1 no packet leaves for another network.
    Peer::of(&running).await.send(&message("RELAY 192.0.2.1:5060")).await;
    assert_eq!(running.trouble().await, "failed 192.0.2.1:5060");
}

async fn impatient(adjust: impl FnOnce(&mut ShellConfig)) -> Running {
    Running::with(&["tcp:127.0.0.1:0"], free_ports(1), Echo::default(), adjust).await
}

#[tokio::test]
async fn a_peer_that_never_ends_its_message_is_cut_off() {
    let running = impatient(|c| c.tcp.message = Duration::from_millis(30)).await;
    let mut stream = connect(&running).await;
    stream.write_all(b"OPTIONS sip:a SIP/2.0\r\nConte").await.expect("written");
    assert!(reads_end(&mut stream).await);
    assert_eq!(running.handle.counts().connections_cut, 1);
}

#[tokio::test]
async fn a_peer_that_is_silent_for_too_long_is_cut_off() {
    let running = impatient(|c| c.tcp.idle = Duration::from_millis(30)).await;
    let mut stream = connect(&running).await;
    stream.write_all(&message("OPTIONS sip:a")).await.expect("written");
    read(&mut stream, message("OPTIONS sip:a").len()).await;
    assert!(reads_end(&mut stream).await);
    assert_eq!(running.handle.counts().connections_cut, 1);
}

#[tokio::test]
async fn a_stream_that_cannot_be_framed_is_refused_and_cut_off() {
    let running = Running::start(&["tcp:127.0.0.1:0"], free_ports(1)).await;
    let mut stream = connect(&running).await;
    let head = "OPTIONS sip:a SIP/2.0\r\nVia: SIP/2.0/TCP a;branch=z9hG4bK1\r\nFrom: <sip:a>;tag=1\r\n\
                To: <sip:b>\r\nCall-ID: 1\r\nCSeq: 1 OPTIONS\r\n\r\n";
    stream.write_all(head.as_bytes()).await.expect("written");
    let mut reply = String::new();
    let read = tokio::time::timeout(PATIENCE, stream.read_to_string(&mut reply)).await.expect("in time");
    read.expect("the end comes after the reply");
    assert!(reply.starts_with("SIP/2.0 400 "), "{reply}");
    assert_eq!(running.handle.counts().connections_cut, 1);
}

#[tokio::test]
async fn more_connections_than_allowed_are_refused_and_a_closed_one_makes_room() {
    let running = impatient(|c| c.tcp.connections = 1).await;
    let mut first = connect(&running).await;
    first.write_all(&message("OPTIONS sip:a")).await.expect("written");
    read(&mut first, message("OPTIONS sip:a").len()).await;
    assert!(reads_end(&mut connect(&running).await).await);
    assert_eq!(running.handle.counts().connections_refused, 1);
    first.shutdown().await.expect("shut down");
    assert!(reads_end(&mut first).await);
    let mut next = connect(&running).await;
    next.write_all(&message("OPTIONS sip:b")).await.expect("written");
    assert_eq!(read(&mut next, message("OPTIONS sip:b").len()).await, message("OPTIONS sip:b"));
}

#[tokio::test]
async fn one_address_cannot_hold_every_connection() {
    let running = impatient(|c| c.tcp.connections = 4).await;
    let mut held = Vec::new();
    for _ in 0..2 {
        let mut stream = connect(&running).await;
        stream.write_all(&message("OPTIONS sip:a")).await.expect("written");
        read(&mut stream, message("OPTIONS sip:a").len()).await;
        held.push(stream);
    }
    assert!(reads_end(&mut connect(&running).await).await);
    let socket = tokio::net::TcpSocket::new_v4().expect("a socket");
    socket.bind("127.0.0.2:0".parse().expect("an address")).expect("bound");
    let mut other = socket.connect(running.address(Transport::Tcp)).await.expect("connected");
    other.write_all(&message("OPTIONS sip:b")).await.expect("written");
    assert_eq!(read(&mut other, message("OPTIONS sip:b").len()).await, message("OPTIONS sip:b"));
}

#[tokio::test]
async fn a_peer_of_one_byte_at_a_time_is_cut_off_and_hinders_nobody() {
    let running = impatient(|c| c.tcp.message = Duration::from_millis(300)).await;
    let mut slow = connect(&running).await;
    let dripping = async {
        for byte in message("OPTIONS sip:slow").repeat(100) {
            if slow.write_all(&[byte]).await.is_err() {
                return;
            }
            // The pace is what is tested: a peer in no hurry, on a real connection.
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    let served = async {
        let mut other = connect(&running).await;
        other.write_all(&message("OPTIONS sip:b")).await.expect("written");
        assert_eq!(read(&mut other, message("OPTIONS sip:b").len()).await, message("OPTIONS sip:b"));
    };
    tokio::time::timeout(PATIENCE, async { tokio::join!(dripping, served) }).await.expect("in time");
    assert_eq!(running.handle.counts().connections_cut, 1);
}

#[tokio::test]
async fn a_node_that_unwinds_loses_that_input_alone() {
    let running = Running::start(&["udp:127.0.0.1:0"], free_ports(1)).await;
    let peer = Peer::of(&running).await;
    peer.send(&message("BREAK")).await;
    peer.send(&message("OPTIONS sip:after")).await;
    assert_eq!(peer.receive().await.into_bytes(), message("OPTIONS sip:after"));
    assert_eq!(running.handle.counts().inputs_broken, 1);
}

const FEW: StrangerLimits = StrangerLimits { messages_per_second: 10, calls_per_second: 2, connections: 1 };

async fn limited(listen: &[&str]) -> Running {
    Running::with(listen, free_ports(1), Echo::default(), |c| c.strangers = Some(FEW)).await
}

#[tokio::test]
async fn a_flood_of_datagrams_is_dropped_at_the_door_and_counted() {
    let running = limited(&["udp:127.0.0.1:0"]).await;
    let peer = Peer::of(&running).await;
    for n in 0..500 {
        peer.send(&message(&format!("OPTIONS sip:{n}"))).await;
        peer.send(&message(&format!("INVITE sip:{n}"))).await;
    }
    let (mut heard, mut calls) = (0, 0);
    while let Some(bytes) = receive(&peer.socket, SILENCE).await {
        heard += 1;
        calls += u32::from(bytes.starts_with(b"INVITE"));
    }
    // Two seconds' worth at once; the rest of the time is the machine's.
    assert!((20..100).contains(&heard) && (4..20).contains(&calls), "{heard} of 1000, {calls} calls");
    let counts = running.handle.counts();
    assert_eq!(counts.sip_limited + counts.calls_limited + heard, 1_000);
    assert_eq!((counts.sip_dropped, counts.sip_exempt), (0, 0));
}

#[tokio::test]
async fn a_stream_s_peer_waits_for_its_share_and_loses_nothing() {
    let running = limited(&["tcp:127.0.0.1:0"]).await;
    let mut stream = connect(&running).await;
    let all: Vec<u8> = (10..35).flat_map(|n| message(&format!("OPTIONS sip:{n}"))).collect();
    stream.write_all(&all).await.expect("written");
    assert_eq!(read(&mut stream, all.len()).await, all);
    assert!(running.handle.counts().sip_limited >= 5);
    assert!(reads_end(&mut connect(&running).await).await, "a stranger's share is one connection");
}

#[tokio::test]
async fn a_trunk_is_never_taken_for_a_flood_and_is_heard_through_one() {
    let config = ShellConfig { strangers: Some(FEW), ..config(&["udp:127.0.0.1:0"], free_ports(1)) };
    let bound = Bound::bind(config).await.expect("bound");
    let engine = bound.listening()[0].address;
    bound.exempt(["127.0.0.2".parse().expect("an address")]);
    let shell = bound.start(Echo::default(), super::library()).expect("started");
    let handle = shell.handle();
    let task = tokio::spawn(shell.run(std::future::pending()));
    let bind =
        |ip: &'static str| async move { tokio::net::UdpSocket::bind((ip, 0)).await.expect("a socket") };
    let (trunk, stranger) = (bind("127.0.0.2").await, bind("127.0.0.1").await);
    for n in 0..300 {
        for _ in 0..3 {
            stranger.send_to(b"garbage", engine).await.expect("sent");
        }
        trunk.send_to(&message(&format!("INVITE sip:{n}")), engine).await.expect("sent");
        let heard = receive(&trunk, PATIENCE).await.expect("the trunk is heard");
        assert_eq!(heard, message(&format!("INVITE sip:{n}")));
    }
    let counts = handle.counts();
    assert!(counts.sip_exempt > 200 && counts.sip_limited > 500, "{counts:?}");
    task.abort();
}

#[tokio::test]
async fn a_peer_that_takes_nothing_costs_no_more_than_its_share() {
    let mut running = impatient(|c| {
        c.tcp.pending_bytes = 10_000;
        c.tcp.write = Duration::from_millis(200);
    })
    .await;
    let mut stream = connect(&running).await;
    let peer = stream.local_addr().expect("bound");
    let mut big = message("OPTIONS sip:a");
    big.truncate(big.len() - 5);
    big.extend(format!("{}\r\n\r\n{}", 5_000, "x".repeat(5_000)).as_bytes());
    let flood = async { while stream.write_all(&big).await.is_ok() {} };
    let failed = tokio::select! {
        () = flood => running.trouble().await,
        failed = running.trouble() => failed,
    };
    assert_eq!(failed, format!("failed {peer}"));
}

#[tokio::test]
async fn a_port_in_use_is_one_clear_line() {
    let taken =
        Bound::bind(config(&["udp:127.0.0.1:0", "tcp:127.0.0.1:0"], free_ports(1))).await.expect("bound");
    for listen in taken.listening() {
        let error =
            Bound::bind(config(&[&listen.to_string()], free_ports(1))).await.expect_err("in use").to_string();
        assert!(error.starts_with(&format!("{listen} is in use: another program listens there")), "{error}");
        assert_eq!(error.lines().count(), 1);
    }
    let error =
        Bound::bind(config(&["udp:192.0.2.1:0"], free_ports(1))).await.expect_err("not ours").to_string();
    assert!(error.starts_with("udp:192.0.2.1:0 is no address of this machine"), "{error}");
    let error = Bound::bind(config(&[], 20_001..=20_002)).await.expect_err("no pair").to_string();
    assert!(error.contains("20001-20002"), "{error}");
}

#[tokio::test]
async fn flows_start_at_the_listening_address_that_reaches_the_peer() {
    let bound = Bound::bind(config(&["udp:127.0.0.1:0", "udp:[::1]:0"], free_ports(4))).await.expect("bound");
    let remote: SocketAddr = "[::1]:5070".parse().expect("an address");
    let flow = bound.flow_to(Transport::Udp, remote).expect("a flow");
    assert_eq!((flow.local, flow.remote), (bound.listening()[1].address, remote));
    assert_eq!(bound.flow_to(Transport::Tcp, remote), None);
    assert_eq!(bound.max_calls(), 2);
}

#[tokio::test]
async fn the_tap_sees_messages_both_ways() {
    let bound = Bound::bind(config(&["udp:127.0.0.1:0"], free_ports(1))).await.expect("bound");
    let engine = bound.listening()[0].address;
    let mut shell = bound.start(Echo::default(), super::library()).expect("started");
    let seen = Arc::new(Mutex::new(Vec::new()));
    let log = Arc::clone(&seen);
    shell.on_wire(Box::new(move |event| {
        log.lock().expect("unpoisoned").push((event.heading, event.flow.remote, event.bytes.to_vec()));
    }));
    let task = tokio::spawn(shell.run(std::future::pending()));
    let socket = tokio::net::UdpSocket::bind("127.0.0.1:0").await.expect("a socket");
    socket.send_to(&message("OPTIONS sip:a"), engine).await.expect("sent");
    receive(&socket, PATIENCE).await.expect("an answer");
    let us = socket.local_addr().expect("bound");
    let expected = [Heading::Received, Heading::Sent].map(|h| (h, us, message("OPTIONS sip:a")));
    assert_eq!(*seen.lock().expect("unpoisoned"), expected);
    task.abort();
}

#[tokio::test]
async fn a_write_reaches_the_store_and_its_answer_the_node() {
    let bound = Bound::bind(config(&["udp:127.0.0.1:0"], free_ports(1))).await.expect("bound");
    let engine = bound.listening()[0].address;
    let mut shell = bound.start(Echo::default(), super::library()).expect("started");
    let (store, mut writes) = tokio::sync::mpsc::unbounded_channel();
    shell.on_store(move |write| store.send(write).expect("a store"));
    let (handle, mut journal) = (shell.handle(), shell.handle().journal());
    let task = tokio::spawn(shell.run(std::future::pending()));
    let socket = tokio::net::UdpSocket::bind("127.0.0.1:0").await.expect("a socket");
    socket.send_to(&message("RESERVE 9"), engine).await.expect("sent");
    let write = tokio::time::timeout(PATIENCE, writes.recv()).await.expect("in time").expect("a write");
    assert!(matches!(write, StoreWrite::ReserveNumbers { count: 9 }));
    handle.input(Input::Stored(StoreDone::NumbersReserved(4..13))).await.expect("running");
    let entry = tokio::time::timeout(PATIENCE, journal.recv()).await.expect("in time").expect("an entry");
    let told = What::Trouble { text: "Stored(NumbersReserved(4..13))".into() };
    assert_eq!(entry.what, told);
    task.abort();
}

#[test]
fn echo_is_a_node_that_says_nothing_unasked() {
    let mut echo = Echo::default();
    echo.handle_input(crate::base::Now::default(), Input::Drain);
    assert!(echo.draining && echo.poll_output().is_none());
}
