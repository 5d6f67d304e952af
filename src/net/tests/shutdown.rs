//! Draining, stopping, and what is still done on the way out.

use super::{Echo, Ended, PATIENCE, Peer, Running, free_ports, message, receive};
use std::time::Duration;

async fn busy(drain: Duration) -> Running {
    let node = Echo { busy: true, ..Echo::default() };
    Running::with(&["udp:127.0.0.1:0"], free_ports(1), node, |c| {
        c.drain_timeout = drain;
        c.stop_timeout = Duration::from_millis(20);
    })
    .await
}

#[tokio::test]
async fn an_idle_shell_drains_at_once_and_nobody_hears_it_after() {
    let running = Running::start(&["udp:127.0.0.1:0"], free_ports(1)).await;
    let handle = running.handle.clone();
    handle.drain();
    assert_eq!(running.ended().await, Ended::Idle);
    assert!(handle.input(crate::node::Input::Stop).await.is_err());
}

#[tokio::test]
async fn a_busy_shell_serves_while_it_drains_and_ends_when_stopped() {
    let running = busy(PATIENCE).await;
    let peer = Peer::of(&running).await;
    running.handle.drain();
    assert_eq!(peer.ask("OPTIONS sip:a").await, "OPTIONS sip:a");
    running.handle.stop();
    assert_eq!(running.ended().await, Ended::Idle);
}

#[tokio::test]
async fn a_drain_that_lasts_too_long_becomes_a_stop() {
    let running = busy(Duration::from_millis(20)).await;
    running.handle.drain();
    assert_eq!(running.ended().await, Ended::Idle);
}

#[tokio::test]
async fn a_port_that_nobody_closes_is_told_at_the_end() {
    let running = busy(PATIENCE).await;
    let peer = Peer::of(&running).await;
    peer.send(&message("OPEN 1 1")).await;
    receive(&peer.socket, PATIENCE).await.expect("opened");
    running.handle.stop();
    assert_eq!(running.ended().await, Ended::Impatient);
}
