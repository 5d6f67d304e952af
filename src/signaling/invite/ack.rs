//! The third message of an INVITE: 2xx sent until its ACK comes, ACK sent for each 2xx that comes.

use crate::base::{Deadline, Instant};
use crate::signaling::Flow;
use crate::signaling::core::Core;
use crate::signaling::transaction::ServerId;
use crate::signaling::transaction::timers::{Backoff, GIVE_UP, T2};
use crate::sip::Response;
use std::collections::BTreeMap;

/// A 2xx of ours whose ACK has not come (RFC 3261 13.3.1.4). It is sent again on streams too: the
/// ACK comes end to end, perhaps over datagrams further on.
#[derive(Debug)]
pub(super) struct Unacked {
    pub(super) tx: ServerId,
    pub(super) cseq: u32,
    response: Response,
    /// Our 2xx carried an offer: the ACK brings the answer.
    pub(super) late: bool,
    /// It answered the first INVITE of the dialog.
    pub(super) first: bool,
    again: Backoff,
    until: Instant,
}

impl Unacked {
    /// A 2xx that was just sent.
    pub(super) fn new(
        now: Instant,
        tx: ServerId,
        cseq: u32,
        response: Response,
        late: bool,
        first: bool,
    ) -> Self {
        Unacked { tx, cseq, response, late, first, again: Backoff::start(now, T2), until: now + GIVE_UP }
    }

    /// Sends it again where that is due. False once nobody is going to acknowledge it.
    pub(super) fn wake(&mut self, core: &mut Core) -> bool {
        if core.now.mono >= self.until {
            return false;
        }
        if self.again.is_due(core.now.mono) {
            self.again.advance(core.now.mono);
            core.respond(self.tx, self.response.clone());
        }
        true
    }

    pub(super) fn deadline(&self) -> Deadline {
        Deadline { at: self.again.at(), why: "2xx" }.min(Deadline { at: self.until, why: "no ACK" })
    }
}

/// How many ACKs are kept for 2xx that may come again.
const KEPT: usize = 4;

/// ACKs we sent, by CSeq.
#[derive(Debug, Default)]
pub(super) struct Acks {
    sent: BTreeMap<u32, (Flow, Vec<u8>)>,
    /// Until when a 2xx may come again.
    until: Option<Instant>,
}

impl Acks {
    /// Remembers an ACK that was just sent.
    pub(super) fn keep(&mut self, now: Instant, cseq: u32, flow: Flow, ack: Vec<u8>) {
        self.sent.insert(cseq, (flow, ack));
        if self.sent.len() > KEPT {
            self.sent.pop_first();
        }
        self.until = Some(now + GIVE_UP);
    }

    /// Sends the ACK for this CSeq again; false where there was none.
    pub(super) fn send_again(&self, core: &mut Core, cseq: u32) -> bool {
        let Some((flow, ack)) = self.sent.get(&cseq) else { return false };
        core.out.transmit(*flow, ack.clone());
        true
    }

    /// Until when a 2xx may come again, where one came at all.
    pub(super) fn until(&self) -> Option<Instant> {
        self.until
    }
}
