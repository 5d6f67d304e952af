//! One INVITE and what comes of it, whichever side sent it and however far it has come.

use super::Flow;
use super::command::Command;
use super::core::Core;
use super::invite::{Incoming, Outgoing, Session};
use super::transaction::{ClientId, Failure, ServerId};
use crate::base::Deadline;
use crate::sip::{Request, Response};

/// Names a usage; never used again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct UsageKey(pub(super) u64);

/// A usage in one of its three stages. Each input consumes the usage and leaves what it has become;
/// `None` where it is over and holds nothing any more.
#[derive(Debug)]
pub(super) enum Usage {
    /// Received, not finally answered.
    Incoming(Box<Incoming>),
    /// Sent, not finally answered.
    Outgoing(Box<Outgoing>),
    /// Answered with 2xx.
    Session(Box<Session>),
}

/// A request the usage has to answer.
#[derive(Debug)]
pub(super) struct Asked {
    pub(super) tx: ServerId,
    pub(super) request: Request,
}

/// A response to a request of ours, with that request.
#[derive(Debug)]
pub(super) struct Replied {
    pub(super) id: ClientId,
    pub(super) request: Request,
    pub(super) response: Response,
    /// The path the request took.
    pub(super) sent_on: Flow,
    /// The path the response came by.
    pub(super) came_by: Flow,
}

impl Usage {
    /// Whether there is more to do than to absorb what the peer may send again.
    pub(super) fn owes(&self) -> bool {
        match self {
            Usage::Incoming(_) | Usage::Outgoing(_) => true,
            Usage::Session(session) => !session.is_closed(),
        }
    }

    /// Another INVITE of the same leg was answered, or refused for all of them.
    pub(super) fn dismiss(self, core: &mut Core) -> Option<Usage> {
        match self {
            Usage::Outgoing(outgoing) => outgoing.dismiss(core),
            Usage::Incoming(_) | Usage::Session(_) => Some(self),
        }
    }

    /// A request within the dialog, except ACK and CANCEL.
    pub(super) fn on_request(self, core: &mut Core, asked: Asked) -> Option<Usage> {
        match self {
            Usage::Incoming(incoming) => incoming.on_request(core, asked),
            Usage::Outgoing(outgoing) => outgoing.on_request(core, asked),
            Usage::Session(session) => session.on_request(core, asked),
        }
    }

    /// An ACK for a 2xx.
    pub(super) fn on_ack(self, core: &mut Core, ack: &Request) -> Option<Usage> {
        match self {
            Usage::Session(session) => session.on_ack(core, ack),
            Usage::Incoming(_) | Usage::Outgoing(_) => Some(self),
        }
    }

    /// A CANCEL for an INVITE that we have not finally answered; the CANCEL itself was.
    pub(super) fn on_cancel(self, core: &mut Core, cancel: &Request) -> Option<Usage> {
        match self {
            Usage::Incoming(incoming) => incoming.on_cancel(core, cancel),
            Usage::Session(session) => session.on_cancel(core),
            Usage::Outgoing(_) => Some(self),
        }
    }

    /// A response to a request of ours.
    pub(super) fn on_response(self, core: &mut Core, replied: Replied) -> Option<Usage> {
        match self {
            Usage::Incoming(_) => Some(self),
            Usage::Outgoing(outgoing) => outgoing.on_response(core, replied),
            Usage::Session(session) => session.on_response(core, replied),
        }
    }

    /// A request of ours that will get no response.
    pub(super) fn on_failure(self, core: &mut Core, failure: Failure) -> Option<Usage> {
        match self {
            Usage::Incoming(_) => Some(self),
            Usage::Outgoing(outgoing) => outgoing.on_failure(core, failure),
            Usage::Session(session) => session.on_failure(core, failure),
        }
    }

    /// The connection broke on which an INVITE waits for our final response.
    pub(super) fn on_broken_path(self, core: &mut Core) -> Option<Usage> {
        match self {
            Usage::Incoming(incoming) => incoming.on_broken_path(core),
            Usage::Outgoing(_) | Usage::Session(_) => Some(self),
        }
    }

    pub(super) fn on_deadline(self, core: &mut Core) -> Option<Usage> {
        match self {
            Usage::Incoming(incoming) => incoming.on_deadline(core),
            Usage::Outgoing(outgoing) => outgoing.on_deadline(core),
            Usage::Session(session) => session.on_deadline(core),
        }
    }

    /// What the engine asked of the leg.
    pub(super) fn on_command(self, core: &mut Core, command: Command) -> Option<Usage> {
        match self {
            Usage::Incoming(incoming) => incoming.on_command(core, command),
            Usage::Outgoing(outgoing) => outgoing.on_command(core, command),
            Usage::Session(session) => session.on_command(core, command),
        }
    }

    pub(super) fn deadline(&self) -> Option<Deadline> {
        match self {
            Usage::Incoming(incoming) => incoming.deadline(),
            Usage::Outgoing(outgoing) => outgoing.deadline(),
            Usage::Session(session) => session.deadline(),
        }
    }
}
