//! Media workers: threads that own RTP sockets and the streams behind them, and who is on which.
//!
//! All legs of a call share a worker, because a bridge joins streams of one plane. Commands go down
//! through bounded mailboxes that a worker empties at every turn; what happens comes up in order
//! and is never lost: a worker whose reports are not taken stops reading packets instead.

mod sockets;
mod takes;
mod worker;

use super::address;
use super::clock::Clock;
use super::counters::Counters;
use super::ports::Ports;
use super::{NetError, socket};
use crate::audio::Library;
use crate::base::{CallKey, LegKey, Rng};
use crate::media::{self, Command, Event, RecordingKey, StreamReport, Take};
use std::collections::{BTreeMap, VecDeque};
use std::io;
use std::net::{IpAddr, SocketAddr, UdpSocket};
use std::sync::Arc;
use std::sync::mpsc::{SyncSender, sync_channel};
use std::thread::JoinHandle;
use tokio::sync::mpsc::Sender;
use worker::Worker;

/// Commands that wait for one worker. A full mailbox makes the engine wait: a worker empties it
/// within a turn of its loop.
const MAILBOX: usize = 4_096;
/// Pairs tried where other programs sit on ports of our range.
const TRIES: usize = 32;

/// How RTP reaches us.
#[derive(Clone, Debug)]
pub(super) struct RtpConfig {
    /// Addresses to bind; one is chosen by what reaches the far side.
    pub(super) ips: Vec<IpAddr>,
    /// Written into SDP in place of the bound address (NAT), except towards this machine.
    pub(super) advertise: Option<IpAddr>,
    /// Threads.
    pub(super) workers: usize,
    /// Who keeps recordings; none: each is lost.
    pub(super) keeper: Option<Sender<Take>>,
    /// Who we are where keys are agreed on by DTLS.
    pub(super) identity: Arc<media::Identity>,
}

/// What a worker is told.
#[derive(Debug)]
enum ToWorker {
    /// Sockets for a leg; its commands follow.
    Open { leg: LegKey, rtp: UdpSocket, rtcp: UdpSocket },
    /// For the plane.
    Command(Command),
    /// Prompts from now on.
    Library(Arc<Library>),
}

/// What a worker tells.
#[derive(Debug)]
pub(super) enum FromWorker {
    /// Something happened on a stream.
    Event(Event),
    /// A stream's audio.
    Heard { leg: LegKey, samples: Vec<i16> },
    /// Nobody keeps a recording that has ended.
    Unkept { recording: RecordingKey },
    /// The leg's sockets are closed.
    Released { leg: LegKey },
}

/// The workers, and which legs they serve.
#[derive(Debug)]
pub(super) struct Workers {
    threads: Vec<Thread>,
    config: RtpConfig,
    ports: Ports,
    clock: Clock,
    calls: BTreeMap<CallKey, Placement>,
    legs: BTreeMap<LegKey, (CallKey, u16)>,
    /// What dead workers would have told.
    undelivered: VecDeque<FromWorker>,
}

#[derive(Debug)]
struct Thread {
    mailbox: Option<SyncSender<ToWorker>>,
    waker: mio::Waker,
    /// Something was put into the mailbox since the last wake-up.
    stirred: bool,
    legs: usize,
    handle: Option<JoinHandle<()>>,
}

#[derive(Clone, Copy, Debug)]
struct Placement {
    thread: usize,
    legs: usize,
}

impl Workers {
    /// Starts the threads.
    pub(super) fn start(
        config: RtpConfig,
        ports: Ports,
        library: &Arc<Library>,
        clock: Clock,
        rng: &Rng,
        tell: &Sender<FromWorker>,
        counters: &Arc<Counters>,
    ) -> Result<Workers, NetError> {
        let start = |number: usize| {
            let plane = media::Plane::new(Arc::clone(library), rng.fork(&format!("media worker {number}")))
                .with_identity(Some(Arc::clone(&config.identity)));
            let worker =
                Worker::new(plane, clock, tell.clone(), Arc::clone(counters), config.keeper.clone())?;
            Thread::start(number, worker)
        };
        let threads: io::Result<Vec<Thread>> = (0..config.workers.max(1)).map(start).collect();
        Ok(Workers {
            threads: threads.map_err(NetError::Worker)?,
            config,
            ports,
            clock,
            calls: BTreeMap::new(),
            legs: BTreeMap::new(),
            undelivered: VecDeque::new(),
        })
    }

    /// Binds a pair of sockets for a leg and hands them to the call's worker. `None`: no port is
    /// free, no address of ours reaches the far side, or the call's worker is gone.
    pub(super) fn open_port(
        &mut self,
        call: CallKey,
        leg: LegKey,
        towards: Option<IpAddr>,
        dscp: Option<u8>,
    ) -> Option<SocketAddr> {
        if self.legs.contains_key(&leg) {
            return None;
        }
        let (bind, seen) = self.local_ips(towards)?;
        let (port, rtp, rtcp) = self.bind(bind, dscp)?;
        let thread = self.calls.get(&call).map_or_else(|| self.least_busy(), |placement| placement.thread);
        let target = self.threads.get_mut(thread)?;
        if target.send(ToWorker::Open { leg, rtp, rtcp }).is_err() {
            self.ports.give_back(self.clock.instant(), port);
            return None;
        }
        target.legs += 1;
        self.calls.entry(call).or_insert(Placement { thread, legs: 0 }).legs += 1;
        self.legs.insert(leg, (call, port));
        Some(SocketAddr::new(seen, port))
    }

    /// Hands a command to the call's worker; calls without ports have none.
    pub(super) fn command(&mut self, call: CallKey, command: Command) {
        let thread = self.calls.get(&call).and_then(|placement| self.threads.get_mut(placement.thread));
        let Some(thread) = thread else { return self.not_recorded(&command) };
        match thread.send(ToWorker::Command(command)).map_err(|refused| *refused) {
            Err(ToWorker::Command(Command::Close { leg })) => {
                let closed = Event::Closed { leg, report: StreamReport::default() };
                self.undelivered.extend([FromWorker::Event(closed), FromWorker::Released { leg }]);
            }
            Err(ToWorker::Command(command)) => self.not_recorded(&command),
            Ok(()) | Err(_) => {}
        }
    }

    /// Every recording that is asked for is told of.
    fn not_recorded(&mut self, command: &Command) {
        if let Command::Record { recording, .. } = command {
            self.undelivered.push_back(FromWorker::Unkept { recording: *recording });
        }
    }

    /// Hands every worker the prompts it plays from now on; what plays already is not touched.
    pub(super) fn replace_library(&mut self, library: &Arc<Library>) {
        for thread in &mut self.threads {
            if thread.send(ToWorker::Library(Arc::clone(library))).is_err() {
                tracing::debug!("a media worker is gone: it plays nothing any more");
            }
        }
    }

    /// Wakes the workers that were sent something. To be called once outputs are drained, so that a
    /// call's commands cost one wake-up.
    pub(super) fn wake(&mut self) {
        for thread in &mut self.threads {
            if std::mem::take(&mut thread.stirred)
                && let Err(error) = thread.waker.wake()
            {
                tracing::error!("a media worker cannot be woken: {error}");
            }
        }
    }

    /// What workers that are gone would have told.
    pub(super) fn undelivered(&mut self) -> Option<FromWorker> {
        self.undelivered.pop_front()
    }

    /// A leg's sockets are closed: its ports rest from now on.
    pub(super) fn released(&mut self, leg: LegKey) {
        let Some((call, port)) = self.legs.remove(&leg) else { return };
        self.ports.give_back(self.clock.instant(), port);
        let Some(placement) = self.calls.get_mut(&call) else { return };
        placement.legs -= 1;
        let Placement { thread, legs } = *placement;
        if let Some(thread) = self.threads.get_mut(thread) {
            thread.legs -= 1;
        }
        if legs == 0 {
            self.calls.remove(&call);
        }
    }

    /// Legs with open ports.
    pub(super) fn open_legs(&self) -> usize {
        self.legs.len()
    }

    /// The address to bind, and the one to tell the far side.
    fn local_ips(&self, towards: Option<IpAddr>) -> Option<(IpAddr, IpAddr)> {
        let first = *self.config.ips.first()?;
        let far = towards.unwrap_or_else(|| match first.is_unspecified() {
            true => address::usual_source(first.is_ipv6()),
            false => first,
        });
        let sockets = || self.config.ips.iter().map(|ip| SocketAddr::new(*ip, 0));
        let seen = address::reaching(sockets(), far)?.ip();
        let bound = sockets().map(|a| a.ip()).find(|ip| *ip == seen);
        let unspecified =
            sockets().map(|a| a.ip()).find(|ip| ip.is_unspecified() && ip.is_ipv4() == seen.is_ipv4());
        let advertised =
            self.config.advertise.filter(|ip| ip.is_ipv4() == seen.is_ipv4() && !far.is_loopback());
        Some((bound.or(unspecified)?, advertised.unwrap_or(seen)))
    }

    fn bind(&mut self, ip: IpAddr, dscp: Option<u8>) -> Option<(u16, UdpSocket, UdpSocket)> {
        for _ in 0..self.ports.free().min(TRIES) {
            let Some(port) = self.ports.take(self.clock.instant()) else { break };
            match socket::rtp_pair(ip, port, dscp) {
                Ok((rtp, rtcp)) => return Some((port, rtp, rtcp)),
                Err(error) => {
                    self.ports.give_back(self.clock.instant(), port);
                    tracing::debug!("RTP port {port} on {ip} cannot be used: {error}");
                }
            }
        }
        let resting = self.ports.free();
        tracing::warn!("no RTP port is free on {ip}; {resting} rest from their last call");
        None
    }

    fn least_busy(&self) -> usize {
        let threads = self.threads.iter().enumerate();
        threads.min_by_key(|(_, t)| (t.is_gone(), t.legs)).map_or(0, |(number, _)| number)
    }
}

impl Drop for Workers {
    /// A worker ends when its mailbox is gone; its sockets close with it.
    fn drop(&mut self) {
        for thread in &mut self.threads {
            thread.mailbox = None;
            thread.stirred = true;
        }
        self.wake();
        for handle in self.threads.iter_mut().filter_map(|t| t.handle.take()) {
            let _ = handle.join();
        }
    }
}

impl Thread {
    fn start(number: usize, mut worker: Worker) -> io::Result<Thread> {
        let (mailbox, inbox) = sync_channel(MAILBOX);
        let waker = worker.waker()?;
        let name = format!("media-{number}");
        let handle = std::thread::Builder::new().name(name).spawn(move || worker.run(&inbox))?;
        Ok(Thread { mailbox: Some(mailbox), waker, stirred: false, legs: 0, handle: Some(handle) })
    }

    /// Waits while the mailbox is full, having woken its owner.
    /// What a worker that is gone did not take comes back.
    fn send(&mut self, message: ToWorker) -> Result<(), Box<ToWorker>> {
        let Some(mailbox) = &self.mailbox else { return Err(Box::new(message)) };
        self.stirred = true;
        match mailbox.try_send(message) {
            Ok(()) => Ok(()),
            Err(std::sync::mpsc::TrySendError::Disconnected(message)) => Err(Box::new(message)),
            Err(std::sync::mpsc::TrySendError::Full(message)) => {
                let _ = self.waker.wake();
                mailbox.send(message).map_err(|refused| Box::new(refused.0))
            }
        }
    }

    fn is_gone(&self) -> bool {
        self.handle.as_ref().is_none_or(JoinHandle::is_finished)
    }
}
