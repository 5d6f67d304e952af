//! What the engine asks of signaling, and what comes back.

use super::register::{Lookup, TrunkStanding};
use super::registrar::PhoneStanding;
use super::transport::Flow;
use crate::base::{LegKey, Secret};
use crate::sip::{NameAddr, Replaces, Request, Uri};
use std::sync::Arc;
use std::time::Duration;

/// An outgoing call.
#[derive(Clone, Debug)]
pub struct Invite {
    /// The new leg, from [`Endpoint::new_leg`](super::Endpoint).
    pub leg: LegKey,
    /// Where to, first to last: each next one is tried when one fails before answering: a final 4xx,
    /// 5xx or 6xx, a timeout or a transport error; 3xx contacts are tried in their place where
    /// `follow_redirects`. Those that ring along are tried at once with the one before them; the first that
    /// answers has the call.
    pub targets: Vec<Target>,
    /// Our identity.
    pub from: NameAddr,
    /// Further header fields, in order.
    pub headers: Vec<(String, String)>,
    /// SDP offer.
    pub offer: Vec<u8>,
    /// How long one target may ring before it is cancelled and the next is tried.
    pub ring_timeout: Duration,
    /// Whether 3xx contacts are tried: those of the target's own host, and once those of `known`.
    pub follow_redirects: bool,
    /// Places of ours that contacts may name; others of other hosts are never tried.
    pub known: Vec<Target>,
    /// Whether who answers may refer its caller elsewhere (RFC 3515); each REFER is asked about.
    pub may_refer: bool,
}

/// One place an outgoing call may reach.
#[derive(Clone, Debug)]
pub struct Target {
    /// Request-URI.
    pub uri: Uri,
    /// Where its packets go (resolved by the shell or given as an address).
    pub flow: Flow,
    /// User and password for a challenge by this target.
    pub credentials: Option<(String, Secret<String>)>,
    /// What requests go through, nearest first: Route header fields (RFC 3608, RFC 3327).
    pub routes: Vec<NameAddr>,
    /// The trunk it is reached by, where it is by one.
    pub trunk: Option<Box<OnTrunk>>,
    /// Whether it is reached by its flow and by nothing else, whatever its Contact says: it registered from there.
    pub keeps_flow: bool,
    /// Whether it rings together with the target before it, not after that failed.
    pub rings_along: bool,
    /// Who sent the call here, and with which 3xx.
    pub diverted_by: Option<Box<(Uri, u16)>>,
}

/// What an INVITE by a trunk has of it.
#[derive(Clone, Debug)]
pub struct OnTrunk {
    /// Its name: it hears of failures.
    pub name: Arc<str>,
    /// Our identity there.
    pub own: NameAddr,
}

impl Target {
    /// A place without password, by no trunk, rung after the one before it.
    pub fn new(uri: Uri, flow: Flow) -> Target {
        let (routes, credentials, trunk) = (Vec::new(), None, None);
        Target {
            uri,
            flow,
            credentials,
            routes,
            trunk,
            keeps_flow: false,
            rings_along: false,
            diverted_by: None,
        }
    }
}

/// What signaling is asked to do. Commands for legs that have ended are ignored.
#[derive(Clone, Debug)]
pub enum Command {
    /// Send 180, or 183 with early media's SDP. To a caller who demands it, reliably (RFC 3262): then one
    /// whose INVITE had no offer gets none before our SDP, and an answer to ours comes as
    /// [`Event::OfferAnswered`].
    Ring {
        /// The incoming leg.
        leg: LegKey,
        /// SDP for a 183.
        sdp: Option<Vec<u8>>,
        /// Reliably to a caller who can, too.
        reliable: bool,
    },
    /// Send 200 with the answer (or, where the INVITE had no offer, with our offer).
    Answer {
        /// The incoming leg.
        leg: LegKey,
        /// SDP.
        sdp: Vec<u8>,
        /// Further header fields.
        headers: Vec<(String, String)>,
    },
    /// Send a final 3xx-6xx.
    Reject {
        /// The incoming leg.
        leg: LegKey,
        /// Status, 300-699.
        status: u16,
        /// Further header fields (Retry-After, Warning, Reason).
        headers: Vec<(String, String)>,
    },
    /// Place an outgoing call.
    Invite(Box<Invite>),
    /// End the leg in whatever state it is: CANCEL, BYE or a final response.
    Hangup {
        /// The leg.
        leg: LegKey,
        /// The final status where none was sent yet.
        status: u16,
        /// Q.850 cause and text for `Reason`.
        q850: u8,
    },
    /// Answer an offer received in a re-INVITE or UPDATE, or give our offer in answer to one
    /// without SDP.
    AnswerOffer {
        /// The leg.
        leg: LegKey,
        /// SDP; `None` refuses the offer with 488 and leaves the session as it was.
        sdp: Option<Vec<u8>>,
    },
    /// Offer anew by re-INVITE (glare is retried as RFC 3261 14.1 says).
    Reinvite {
        /// The leg.
        leg: LegKey,
        /// SDP offer.
        sdp: Vec<u8>,
    },
    /// Send INFO within the dialog.
    Info {
        /// The leg.
        leg: LegKey,
        /// Content-Type.
        content_type: String,
        /// Body.
        body: Vec<u8>,
    },
    /// Refer the far side elsewhere (RFC 3515).
    Refer {
        /// The leg.
        leg: LegKey,
        /// Where to.
        to: Uri,
    },
    /// Answer a REFER: 202, or a refusal.
    AnswerRefer {
        /// The leg.
        leg: LegKey,
        /// 202, or 300-699.
        status: u16,
    },
    /// Tell what became of a REFER that was accepted; the leg may have ended since. A final status is the last.
    ReportRefer {
        /// The leg.
        leg: LegKey,
        /// 101-699.
        status: u16,
    },
    /// Stop taking new calls: incoming INVITEs are answered 503 with Retry-After, OPTIONS 503.
    Drain,
}

/// Why a leg ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum How {
    /// The far side sent BYE.
    Bye,
    /// The far side sent CANCEL before we answered.
    Cancelled,
    /// The far side refused or redirected our INVITE finally, or every target failed.
    Refused,
    /// Nobody answered our INVITE in time (ring timeout on the last target, or Timer B).
    NoAnswer,
    /// Our 200, or a reliable provisional response, was never acknowledged (RFC 3261 13.3.1.4, RFC 3262 3).
    NoAck,
    /// A request in the dialog was answered 481/408 or not at all.
    DialogLost,
    /// The transport failed.
    TransportFailed,
    /// Nobody refreshed the session in time (RFC 4028 10).
    Expired,
    /// We asked for it.
    Local,
}

/// The end of a leg.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LegEnd {
    /// Why.
    pub how: How,
    /// The last final SIP status received for our INVITE, where there was one.
    pub status: Option<u16>,
    /// The Q.850 cause of the far side's `Reason`, where it gave one.
    pub q850: Option<u8>,
}

/// What happened.
#[derive(Clone, Debug)]
pub enum Event {
    /// A new call. 100 was sent. The engine must Ring, Answer, Reject or Hangup.
    Incoming {
        /// The new leg.
        leg: LegKey,
        /// The INVITE (Request-URI, From, To, Diversion, P-Asserted-Identity … are read from it).
        request: Box<Request>,
        /// Where it came from.
        flow: Flow,
        /// SDP offer, where it had one; else the answer comes in [`Event::Established`].
        offer: Option<Vec<u8>>,
        /// The leg whose place it asks to take (RFC 3891): the dialog was named exactly, and is up.
        replaces: Option<LegKey>,
    },
    /// An outgoing leg rings or plays early media.
    Progress {
        /// The leg.
        leg: LegKey,
        /// 180-199.
        status: u16,
        /// SDP of early media: an answer to our offer.
        answer: Option<Vec<u8>>,
    },
    /// An outgoing leg was answered; ACK was sent. Early dialogs of other forks were ended.
    Answered {
        /// The leg.
        leg: LegKey,
        /// SDP answer; of the provisional response, where only that had one.
        answer: Option<Vec<u8>>,
        /// Which of the targets answered.
        target: usize,
        /// Where it answered from.
        from: std::net::IpAddr,
    },
    /// Another target is being tried after one failed.
    TryingNext {
        /// The leg.
        leg: LegKey,
        /// Index of the target now tried.
        target: usize,
        /// Where it is tried: the target's URI, or one that it redirected to.
        uri: Uri,
        /// Status that made the one before fail; 408 for no answer.
        status: u16,
    },
    /// The caller's ACK arrived.
    Established {
        /// The incoming leg.
        leg: LegKey,
        /// SDP answer in the ACK, where the INVITE had no offer.
        answer: Option<Vec<u8>>,
    },
    /// The far side offers anew; answer with [`Command::AnswerOffer`].
    Offer {
        /// The leg.
        leg: LegKey,
        /// SDP offer; `None`: it wants ours.
        offer: Option<Vec<u8>>,
    },
    /// The answer to our offer in a re-INVITE.
    OfferAnswered {
        /// The leg.
        leg: LegKey,
        /// SDP answer; `None` where it was refused and the session stays as it was.
        answer: Option<Vec<u8>>,
    },
    /// INFO within the dialog (already answered 200).
    Info {
        /// The leg.
        leg: LegKey,
        /// Content-Type.
        content_type: String,
        /// Body.
        body: Vec<u8>,
    },
    /// The far side refers its caller elsewhere; answer with [`Command::AnswerRefer`], and where that was 202
    /// finally with [`Command::ReportRefer`].
    Refer {
        /// The leg.
        leg: LegKey,
        /// Where to, without its headers.
        to: Uri,
        /// The dialog there whose place the caller is to take (RFC 3891).
        replaces: Option<Replaces>,
    },
    /// What became of our REFER: refused, or what the far side hears of it. Once final: the last.
    Referred {
        /// The leg.
        leg: LegKey,
        /// 100-699.
        status: u16,
    },
    /// A trunk stands otherwise than before.
    Trunk {
        /// How.
        standing: Box<TrunkStanding>,
        /// What of it somebody should read, a line each.
        news: Vec<String>,
    },
    /// A phone is registered otherwise than before, or for longer.
    Phone {
        /// Where it is.
        standing: Box<PhoneStanding>,
        /// What of it somebody should read, a line each.
        news: Vec<String>,
    },
    /// The leg is over: exactly once for each leg.
    Ended {
        /// The leg.
        leg: LegKey,
        /// How.
        end: LegEnd,
    },
}

impl Event {
    /// The leg it is about, where it is about one.
    pub fn leg(&self) -> Option<LegKey> {
        match self {
            Event::Incoming { leg, .. }
            | Event::Progress { leg, .. }
            | Event::Answered { leg, .. }
            | Event::TryingNext { leg, .. }
            | Event::Established { leg, .. }
            | Event::Offer { leg, .. }
            | Event::OfferAnswered { leg, .. }
            | Event::Info { leg, .. }
            | Event::Refer { leg, .. }
            | Event::Referred { leg, .. }
            | Event::Ended { leg, .. } => Some(*leg),
            Event::Trunk { .. } | Event::Phone { .. } => None,
        }
    }
}

/// What the endpoint wants done.
#[derive(Clone, Debug)]
pub enum Output {
    /// Send this message.
    Transmit {
        /// On which path.
        flow: Flow,
        /// The message.
        bytes: Vec<u8>,
    },
    /// Find out where a trunk is reached; the answer comes by
    /// [`Endpoint::handle_resolved`](super::Endpoint::handle_resolved).
    Resolve(Lookup),
    /// Tell the engine.
    Event(Event),
}

/// How an endpoint is set up.
#[derive(Clone, Debug)]
pub struct Config {
    /// What `User-Agent`/`Server` say.
    pub product: String,
    /// User part of our Contact.
    pub user: String,
    /// Calls (incoming legs) at once before 503 with Retry-After.
    pub max_legs: usize,
    /// The same of one source that is not among `known`.
    pub max_legs_of_stranger: usize,
    /// Hosts of trunks and desks, in canonical form.
    pub known: std::collections::BTreeSet<std::net::IpAddr>,
    /// Server transactions at once, each of 2 KiB, before requests of unknown dialogs are answered 503
    /// statelessly.
    pub max_transactions: usize,
    /// The host written into Contact and Via for a local listening address (NAT); by default the
    /// address itself.
    pub advertise: Option<std::net::IpAddr>,
    /// How sessions are kept from outliving a peer that is gone.
    pub timer: SessionTimer,
}

/// The session timer's terms (RFC 4028).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SessionTimer {
    /// The interval we ask for and grant at most; `None`: we ask for none, and grant what a peer asks.
    pub expires: Option<Duration>,
    /// The smallest interval we take, at least 90 s.
    pub min: Duration,
}

impl Default for SessionTimer {
    /// What RFC 4028 recommends: half an hour, and no less than a minute and a half.
    fn default() -> Self {
        SessionTimer { expires: Some(Duration::from_secs(1800)), min: Duration::from_secs(90) }
    }
}
