//! One media worker's loop: mailbox, deadlines, packets, and back to sleep.

use super::sockets::Sockets;
use super::takes::Takes;
use super::{FromWorker, ToWorker};
use crate::base::{Instant, LegKey};
use crate::media::{Command, Event, Output, Plane, Port, Take};
use crate::net::clock::Clock;
use crate::net::counters::Counters;
use mio::{Events, Poll, Token, Waker};
use std::collections::VecDeque;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, TryRecvError};
use std::time::Duration;
use tokio::sync::mpsc::Sender;
use tokio::sync::mpsc::error::TrySendError;

const WAKE: Token = Token(usize::MAX);
/// Sockets that one wake-up can report; the rest follow at the next.
const REPORTED: usize = 1_024;
/// Packets read before deadlines get their turn: well under a millisecond's work.
const PACKETS_A_TURN: usize = 64;
/// Packets read from one socket before the others get their turn.
const PACKETS_A_SOCKET: usize = 8;
/// Larger than any Ethernet frame: what fills it was cut off and is no packet of ours.
const PACKET_BYTES: usize = 2_048;
/// Reports that wait while the engine is busy, before packets are left to the system's buffers.
const REPORTS_WAITING: usize = 1_024;
/// When reports that the engine's inbox had no room for are tried again.
const RETRY: Duration = Duration::from_millis(2);
/// Packets of streams whose moments fall into one slot leave together: one wake-up for many sends costs
/// half of what one for each costs. It divides every packet duration, so a stream's packets keep their
/// distance; the first is up to a slot later.
const SLOT: Duration = Duration::from_millis(5);
/// A tick this much behind its deadline is late.
const LATE: Duration = Duration::from_millis(20);

/// What a worker owns.
#[derive(Debug)]
pub(super) struct Worker {
    plane: Plane,
    poll: Poll,
    sockets: Sockets,
    clock: Clock,
    tell: Sender<FromWorker>,
    reports: VecDeque<FromWorker>,
    takes: Takes,
    counters: Arc<Counters>,
    buffer: Vec<u8>,
}

/// The shell is gone.
struct Gone;

impl Worker {
    pub(super) fn new(
        plane: Plane,
        clock: Clock,
        tell: Sender<FromWorker>,
        counters: Arc<Counters>,
        keeper: Option<Sender<Take>>,
    ) -> io::Result<Worker> {
        Ok(Worker {
            plane,
            poll: Poll::new()?,
            sockets: Sockets::default(),
            clock,
            tell,
            reports: VecDeque::new(),
            takes: Takes::to(keeper),
            counters,
            buffer: vec![0; PACKET_BYTES],
        })
    }

    /// Wakes this worker from another thread.
    pub(super) fn waker(&self) -> io::Result<Waker> {
        Waker::new(self.poll.registry(), WAKE)
    }

    /// Works until the mailbox is gone.
    pub(super) fn run(&mut self, mailbox: &Receiver<ToWorker>) {
        let mut events = Events::with_capacity(REPORTED);
        while let Ok(()) = self.turn(mailbox) {
            if let Err(error) = self.poll.poll(&mut events, self.patience())
                && error.kind() != io::ErrorKind::Interrupted
            {
                tracing::error!("a media worker cannot wait for packets: {error}");
                return;
            }
            for event in &events {
                if event.token() != WAKE {
                    self.sockets.note_readable(event.token());
                }
            }
        }
    }

    fn turn(&mut self, mailbox: &Receiver<ToWorker>) -> Result<(), Gone> {
        self.empty_mailbox(mailbox)?;
        self.keep_deadlines();
        self.report()?;
        if self.is_listening() {
            self.read_packets();
            self.report()?;
        }
        Ok(())
    }

    /// How long nothing is to be done. The poll rounds up to whole milliseconds; deadlines lie on
    /// grids of their own, so that no delay adds to the next.
    fn patience(&self) -> Option<Duration> {
        if self.sockets.any_readable() && self.is_listening() {
            return Some(Duration::ZERO);
        }
        let now = self.clock.instant();
        let due = self.plane.poll_deadline().map(|deadline| end_of_slot(deadline.at).saturating_since(now));
        match self.reports.is_empty() && !self.takes.is_waiting() {
            true => due,
            false => Some(due.map_or(RETRY, |due| due.min(RETRY))),
        }
    }

    /// Packets are read as long as what they cause is taken.
    fn is_listening(&self) -> bool {
        self.reports.len() < REPORTS_WAITING
    }

    fn empty_mailbox(&mut self, mailbox: &Receiver<ToWorker>) -> Result<(), Gone> {
        loop {
            match mailbox.try_recv() {
                Ok(ToWorker::Open { leg, rtp, rtcp }) => self.open(leg, rtp, rtcp),
                Ok(ToWorker::Command(command)) => self.command(command),
                Ok(ToWorker::Library(library)) => self.plane.replace_library(library),
                Err(TryRecvError::Empty) => return Ok(()),
                Err(TryRecvError::Disconnected) => return Err(Gone),
            }
        }
    }

    /// A leg whose sockets cannot be watched stays silent until its call gives up.
    fn open(&mut self, leg: LegKey, rtp: std::net::UdpSocket, rtcp: std::net::UdpSocket) {
        if let Err(error) = self.sockets.open(self.poll.registry(), leg, rtp, rtcp) {
            tracing::error!(%leg, "RTP sockets cannot be used: {error}");
        }
    }

    fn command(&mut self, command: Command) {
        let closed = match &command {
            Command::Close { leg } => Some(*leg),
            _ => None,
        };
        let told = self.reports.len();
        self.plane.handle_command(self.clock.instant(), command);
        self.carry_out();
        if let Some(leg) = closed {
            self.sockets.close(leg);
            // Told before what the plane says of the close: whoever hears of it may open the port again.
            self.reports.insert(told, FromWorker::Released { leg });
        }
    }

    fn keep_deadlines(&mut self) {
        let now = self.clock.instant();
        let Some(deadline) = self.plane.poll_deadline().filter(|deadline| deadline.at <= now) else { return };
        if now.saturating_since(deadline.at) > LATE {
            self.counters.ticks_late.add(1);
        }
        self.plane.handle_deadline(now);
        self.carry_out();
    }

    fn read_packets(&mut self) {
        let mut left = PACKETS_A_TURN;
        while left > 0
            && let Some((token, leg, port)) = self.sockets.next_readable()
        {
            let most = left.min(PACKETS_A_SOCKET);
            let read = self.read_socket(leg, port, most);
            left -= read.max(1);
            if read == most {
                self.sockets.note_readable(token);
            }
        }
    }

    /// Reads at most so many packets; fewer mean that the socket is empty.
    fn read_socket(&mut self, leg: LegKey, port: Port, most: usize) -> usize {
        for read in 0..most {
            match self.receive(leg, port) {
                Ok(Some((from, length))) => self.packet(leg, port, from, length),
                Ok(None) => return read,
                // An error that came back for a packet we sent: the next read goes on.
                Err(error) => tracing::trace!(%leg, "rtp: {error}"),
            }
        }
        most
    }

    fn receive(&mut self, leg: LegKey, port: Port) -> io::Result<Option<(SocketAddr, usize)>> {
        let Some(socket) = self.sockets.of(leg, port) else { return Ok(None) };
        match socket.recv_from(&mut self.buffer) {
            Ok((length, from)) => Ok(Some((from, length))),
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => Ok(None),
            Err(error) => Err(error),
        }
    }

    fn packet(&mut self, leg: LegKey, port: Port, from: SocketAddr, length: usize) {
        self.counters.rtp_received.add(1);
        let whole = length < self.buffer.len();
        if let Some(bytes) = self.buffer.get(..length).filter(|_| whole) {
            self.plane.handle_packet(self.clock.instant(), leg, port, from, bytes);
            self.carry_out();
        }
    }

    fn carry_out(&mut self) {
        while let Some(output) = self.plane.poll_output() {
            match output {
                Output::Packet { leg, port, to, bytes } => {
                    self.send(leg, port, to, &bytes);
                    self.plane.recycle(bytes);
                }
                Output::Event(event) => self.event(event),
                Output::Take(take) => self.takes.push(take),
                Output::Heard { leg, samples } => self.heard(leg, samples),
            }
        }
    }

    /// Now or never: a packet that cannot leave is too late anyway.
    fn send(&self, leg: LegKey, port: Port, to: SocketAddr, bytes: &[u8]) {
        let sent = self.sockets.of(leg, port).is_some_and(|socket| socket.send_to(bytes, to).is_ok());
        match sent {
            true => self.counters.rtp_sent.add(1),
            false => self.counters.rtp_unsent.add(1),
        }
    }

    fn event(&mut self, event: Event) {
        match &event {
            Event::Closed { report, .. } => self.counters.count_stream(report),
            Event::Lost { .. } => self.counters.rtp_timeouts.add(1),
            _ => {}
        }
        self.reports.push_back(FromWorker::Event(event));
    }

    /// Audio is worth less than events: it makes way where reports pile up.
    fn heard(&mut self, leg: LegKey, samples: Vec<i16>) {
        match self.is_listening() {
            true => self.reports.push_back(FromWorker::Heard { leg, samples }),
            false => self.counters.heard_dropped.add(1),
        }
    }

    /// Hands on recordings, and hands up what the engine has room for, in order.
    fn report(&mut self) -> Result<(), Gone> {
        self.takes.flush();
        self.counters.recorded_dropped.add(self.takes.take_dropped());
        while let Some(recording) = self.takes.unkept() {
            self.reports.push_back(FromWorker::Unkept { recording });
        }
        while let Some(report) = self.reports.pop_front() {
            match self.tell.try_send(report) {
                Ok(()) => {}
                Err(TrySendError::Full(report)) => {
                    self.reports.push_front(report);
                    return Ok(());
                }
                Err(TrySendError::Closed(_)) => return Err(Gone),
            }
        }
        Ok(())
    }
}

/// The end of the slot that a moment falls into.
fn end_of_slot(at: Instant) -> Instant {
    let slots = at.since_start().as_nanos().div_ceil(SLOT.as_nanos());
    let slots = u32::try_from(slots).unwrap_or(u32::MAX);
    Instant::from_start(SLOT * slots)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_of_one_slot_end_together_and_packets_keep_their_distance() {
        let end = |ms| end_of_slot(Instant::from_millis(ms));
        assert_eq!(end(11), end(15));
        assert_eq!(end(15), Instant::from_millis(15));
        assert_eq!(end(33) - end(13), Duration::from_millis(20));
    }
}
