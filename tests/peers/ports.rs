//! Free ports on loopback, each given to one test only.

use std::net::{TcpListener, UdpSocket};
use std::ops::RangeInclusive;
use std::sync::{LazyLock, Mutex};

/// Below the ports that the system gives out by itself.
const FIRST: u16 = 10_000;
const LAST: u16 = 31_999;
/// Ports of one run of this test binary; another run at the same time has another block.
const BLOCK: u16 = 7_000;

static BLOCK_OF_THIS_RUN: LazyLock<Mutex<Block>> = LazyLock::new(|| Mutex::new(Block::claim()));

/// A block of ports, ours as long as its first port is held.
struct Block {
    next: u16,
    end: u16,
    _guard: TcpListener,
}

impl Block {
    fn claim() -> Block {
        (FIRST..=LAST - BLOCK)
            .step_by(usize::from(BLOCK))
            .find_map(|first| {
                let guard = TcpListener::bind(("127.0.0.1", first)).ok()?;
                Some(Block { next: first + 1, end: first + BLOCK, _guard: guard })
            })
            .expect("a block of ports that no other run of these tests holds")
    }

    fn take(&mut self, count: u16) -> RangeInclusive<u16> {
        loop {
            let first = self.next + self.next % 2;
            let range = first..=first + count - 1;
            assert!(*range.end() < self.end, "more tests than a block has ports for: make BLOCK larger");
            self.next = range.end() + 1;
            if range.clone().all(is_free) {
                return range;
            }
        }
    }
}

/// So many free ports in a row, the first even.
pub fn take(count: u16) -> RangeInclusive<u16> {
    BLOCK_OF_THIS_RUN.lock().unwrap_or_else(|poisoned| poisoned.into_inner()).take(count)
}

/// One free port.
pub fn one() -> u16 {
    *take(1).start()
}

/// Whether nobody is bound to the port by UDP.
pub fn is_free_for_udp(port: u16) -> bool {
    UdpSocket::bind(("127.0.0.1", port)).is_ok()
}

/// Whether somebody is bound to the port by UDP. It is not tried out: a program that binds at the same moment would find
/// the port taken.
pub fn is_bound_by_udp(port: u16) -> bool {
    let sockets = std::fs::read_to_string("/proc/net/udp").expect("Linux tells its sockets");
    let ending = format!(":{port:04X}");
    sockets.lines().any(|line| line.split_whitespace().nth(1).is_some_and(|local| local.ends_with(&ending)))
}

/// Whether nobody is bound to the port, by UDP or by TCP.
pub fn is_free(port: u16) -> bool {
    is_free_for_udp(port) && TcpListener::bind(("127.0.0.1", port)).is_ok()
}
