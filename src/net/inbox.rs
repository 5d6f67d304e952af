//! The way in for SIP messages: past `admission`, into the bounded queue of the node.

use super::admission::Admission;
use super::counters::Counters;
use crate::node::Input;
use crate::signaling::Flow;
use std::net::IpAddr;
use std::sync::Arc;
use tokio::sync::mpsc::Sender;
use tokio::time::Instant;

/// Takes messages for the node. Cheap to clone.
#[derive(Clone, Debug)]
pub(super) struct Inbox {
    queue: Sender<Input>,
    admission: Arc<Admission>,
    counters: Arc<Counters>,
}

/// The node is gone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Closed;

impl Inbox {
    pub(super) fn new(queue: Sender<Input>, admission: Arc<Admission>, counters: Arc<Counters>) -> Inbox {
        Inbox { queue, admission, counters }
    }

    pub(super) fn is_closed(&self) -> bool {
        self.queue.is_closed()
    }

    /// Takes a datagram now or never: its peer sends it again. What is not admitted costs no memory.
    pub(super) fn datagram(&self, flow: Flow, bytes: &[u8]) {
        if self.admission.admit(Instant::now(), flow.remote.ip(), bytes).is_ok()
            && self.queue.try_send(Input::Message { flow, bytes: bytes.to_vec() }).is_err()
        {
            self.counters.sip_dropped.add(1);
        }
    }

    /// Takes a message of a stream; its peer waits until it is admitted and there is room.
    ///
    /// # Errors
    /// [`Closed`].
    pub(super) async fn message(&self, flow: Flow, bytes: Vec<u8>) -> Result<(), Closed> {
        while let Err(until) = self.admission.admit(Instant::now(), flow.remote.ip(), &bytes) {
            // A limit of messages a second: there is room again at this moment.
            tokio::time::sleep_until(until).await;
        }
        self.queue.send(Input::Message { flow, bytes }).await.map_err(|_| Closed)
    }

    /// Nothing can be sent on this path any more.
    pub(super) async fn failed(&self, flow: Flow) {
        // A node that is gone needs not hear of it.
        let _ = self.queue.send(Input::TransportFailed { flow }).await;
    }

    /// The connection of this path is gone.
    pub(super) async fn disconnected(&self, flow: Flow) {
        let _ = self.queue.send(Input::Disconnected { flow }).await;
    }

    /// How many connections this source may hold, of so many in all.
    pub(super) fn connections(&self, from: IpAddr, all: usize) -> usize {
        self.admission.connections(from, all)
    }
}
