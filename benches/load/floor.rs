//! The floor: what sending as many packets costs where nothing else is done.

use super::callers::TICK;
use super::engine::cpu_of;
use std::net::{SocketAddr, UdpSocket};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

const PACKET: usize = 172;

/// Another process that sends as many packets as paced, and does nothing else.
pub struct Floor(Child);

impl Floor {
    /// Starts it.
    pub fn start(streams: u64, seconds: u64, to: SocketAddr) -> Self {
        let me = std::env::current_exe().expect("this program");
        let args = ["floor".to_string(), streams.to_string(), seconds.to_string(), to.to_string()];
        Floor(Command::new(me).args(args).stdout(Stdio::piped()).spawn().expect("the floor started"))
    }

    /// CPU seconds per packet.
    pub fn per_packet(self) -> f64 {
        let output = self.0.wait_with_output().expect("the floor ended");
        String::from_utf8_lossy(&output.stdout).trim().parse().expect("its figure")
    }
}

/// Sends a packet per stream every 20 ms to the socket that takes the engine's too, streams spread over
/// the tick, sleeping in whole milliseconds between; prints its own CPU seconds per packet.
pub fn floor(streams: u64, seconds: u64, to: SocketAddr) {
    let socket = UdpSocket::bind("127.0.0.1:0").expect("a socket");
    let packet = [0x55; PACKET];
    let start = Instant::now();
    let mut sent: u64 = 0;
    while start.elapsed() < Duration::from_secs(seconds) {
        let due = (start.elapsed().as_secs_f64() / TICK.as_secs_f64() * streams as f64) as u64;
        while sent < due {
            socket.send_to(&packet, to).expect("sent");
            sent += 1;
        }
        std::thread::sleep(Duration::from_millis(1));
    }
    println!("{:e}", cpu_of(std::process::id()).as_secs_f64() / sent.max(1) as f64);
}
