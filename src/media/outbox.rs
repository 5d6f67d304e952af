//! What waits to leave a plane, and the buffers that come back to it.

use super::{Event, Output, Port, Take};
use crate::base::LegKey;
use std::collections::VecDeque;
use std::net::SocketAddr;

/// Buffers kept for the next packets: a tick of some hundred streams.
const SPARE_BUFFERS: usize = 512;
/// Room for a header and 20 ms of G.711, with some to spare.
const PACKET_BYTES: usize = 256;

/// Outputs in order, and spare buffers.
#[derive(Debug, Default)]
pub(super) struct Outbox {
    queue: VecDeque<Output>,
    spare: Vec<Vec<u8>>,
    /// Where a payload is put together before its packet is written.
    pub(super) payload: Vec<u8>,
}

impl Outbox {
    /// An empty buffer to write a packet into.
    pub(super) fn buffer(&mut self) -> Vec<u8> {
        self.spare.pop().unwrap_or_else(|| Vec::with_capacity(PACKET_BYTES))
    }

    /// Takes back the buffer of a packet that was sent.
    pub(super) fn recycle(&mut self, mut buffer: Vec<u8>) {
        if self.spare.len() < SPARE_BUFFERS && buffer.capacity() >= PACKET_BYTES {
            buffer.clear();
            self.spare.push(buffer);
        }
    }

    /// The empty payload buffer; put it back into `payload` after use.
    pub(super) fn take_payload(&mut self) -> Vec<u8> {
        let mut payload = std::mem::take(&mut self.payload);
        payload.clear();
        payload
    }

    pub(super) fn packet(&mut self, leg: LegKey, port: Port, to: SocketAddr, bytes: Vec<u8>) {
        self.queue.push_back(Output::Packet { leg, port, to, bytes });
    }

    pub(super) fn event(&mut self, event: Event) {
        self.queue.push_back(Output::Event(event));
    }

    pub(super) fn heard(&mut self, leg: LegKey, samples: Vec<i16>) {
        if !samples.is_empty() {
            self.queue.push_back(Output::Heard { leg, samples });
        }
    }

    pub(super) fn recorded(&mut self, take: Take) {
        self.queue.push_back(Output::Take(take));
    }

    pub(super) fn pop(&mut self) -> Option<Output> {
        self.queue.pop_front()
    }
}
