//! Dialogs: who talks to whom, in which order, by which way (RFC 3261 12).
//!
//! Owns: the dialog's identity, both CSeq orders, the route set, the remote target.
//!
//! Does not know: what the dialog is used for, transactions, time.
//!
//! Invariants: the identity never changes; our CSeq only grows; a request of the peer is in order
//! only once.

mod route;

use super::{Config, Flow, compose, fields};
use crate::sip::{Fields, Method, Request, Response, Uri};
use route::RouteSet;

/// RFC 3261 12: what names a dialog at our side.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct DialogId {
    pub(super) call_id: String,
    pub(super) local_tag: String,
    pub(super) remote_tag: String,
}

impl DialogId {
    /// The dialog a request from the peer belongs to; `None` where it has no To-tag.
    pub(super) fn of_incoming(request: &Request) -> Option<DialogId> {
        Some(DialogId {
            call_id: fields::call_id(request).to_string(),
            local_tag: fields::to_tag(request)?,
            remote_tag: fields::from_tag(request).unwrap_or_default(),
        })
    }

    /// The dialog a response of the peer makes or belongs to.
    pub(super) fn of_response(response: &Response) -> DialogId {
        DialogId {
            call_id: fields::call_id(response).to_string(),
            local_tag: fields::from_tag(response).unwrap_or_default(),
            remote_tag: fields::to_tag(response).unwrap_or_default(),
        }
    }
}

/// Which side sent the INVITE that made the dialog.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    /// We sent it.
    Caller,
    /// The peer sent it.
    Callee,
}

/// One dialog.
#[derive(Clone, Debug)]
pub(super) struct Dialog {
    pub(super) id: DialogId,
    /// Our role in it.
    pub(super) role: Role,
    /// Our From value, with tag.
    local: String,
    /// The peer's To value, with tag.
    remote: String,
    local_cseq: u32,
    remote_cseq: Option<u32>,
    routes: RouteSet,
    target: Uri,
    /// The path its first message took.
    flow: Flow,
    /// Whether nothing of it takes another path, whatever the peer's Contact says.
    keeps_flow: bool,
    /// Whether it was made by a `sips:` Request-URI (RFC 3261 12.1.1).
    secure: bool,
    /// Whether the peer may refer its caller elsewhere, as our INVITE said.
    pub(super) may_refer: bool,
    /// Whether we have referred the peer elsewhere: it tells us what becomes of that.
    pub(super) has_referred: bool,
}

impl Dialog {
    /// The dialog an incoming INVITE makes, with the To-tag we chose.
    pub(super) fn of_callee(request: &Request, tag: &str, flow: Flow) -> Dialog {
        Dialog {
            id: DialogId {
                call_id: fields::call_id(request).to_string(),
                local_tag: tag.to_string(),
                remote_tag: fields::from_tag(request).unwrap_or_default(),
            },
            role: Role::Callee,
            local: format!("{};tag={tag}", fields::text(request, "To")),
            remote: fields::text(request, "From").to_string(),
            local_cseq: 0,
            remote_cseq: Some(fields::cseq_number(request)),
            routes: RouteSet::of(fields::record_routes(request)),
            target: fields::contact(request)
                .or_else(|| request.from().ok().map(|from| from.uri))
                .unwrap_or_else(|| request.uri.clone()),
            flow,
            keeps_flow: false,
            secure: compose::is_secure(&request.uri),
            may_refer: false,
            has_referred: false,
        }
    }

    /// The dialog that a response to our INVITE makes.
    pub(super) fn of_caller(request: &Request, response: &Response, flow: Flow, keeps_flow: bool) -> Dialog {
        let mut routes = fields::record_routes(response);
        routes.reverse();
        Dialog {
            id: DialogId::of_response(response),
            role: Role::Caller,
            local: fields::text(request, "From").to_string(),
            remote: fields::text(response, "To").to_string(),
            local_cseq: fields::cseq_number(request),
            remote_cseq: None,
            routes: RouteSet::of(routes),
            target: fields::contact(response).unwrap_or_else(|| request.uri.clone()),
            flow,
            keeps_flow,
            secure: compose::is_secure(&request.uri),
            may_refer: fields::names(request, "Allow", "REFER"),
            has_referred: false,
        }
    }

    /// Takes over both orders of the early dialog that this one was; route and target are those of the 2xx
    /// (RFC 3261 13.2.2.4).
    pub(super) fn continue_from(&mut self, early: &Dialog) {
        self.local_cseq = self.local_cseq.max(early.local_cseq);
        self.remote_cseq = early.remote_cseq;
    }

    /// Takes the peer's next CSeq. False where it is not above the one before (RFC 3261 12.2.2: 500).
    pub(super) fn accept_cseq(&mut self, number: u32) -> bool {
        let in_order = self.remote_cseq.is_none_or(|last| number > last);
        if in_order {
            self.remote_cseq = Some(number);
        }
        in_order
    }

    /// Follows the Contact of a target refresh request or response (RFC 3261 12.2).
    pub(super) fn refresh_target(&mut self, contact: Option<Uri>) {
        if let Some(contact) = contact {
            self.target = contact;
        }
    }

    /// A request within the dialog with the next CSeq, without Via, and where it goes.
    pub(super) fn request(&mut self, method: Method) -> (Request, Flow) {
        self.local_cseq = self.local_cseq.saturating_add(1);
        self.request_with_cseq(method, self.local_cseq)
    }

    /// The ACK of a 2xx has the CSeq of its INVITE.
    pub(super) fn ack(&self, cseq: u32) -> (Request, Flow) {
        self.request_with_cseq(Method::Ack, cseq)
    }

    /// The CSeq of our next request.
    pub(super) fn next_cseq(&self) -> u32 {
        self.local_cseq.saturating_add(1)
    }

    /// Our Contact for the peer's requests that come by this path.
    pub(super) fn contact(&self, config: &Config, flow: Flow) -> String {
        compose::contact(config, flow, self.secure)
    }

    /// The path the dialog came by.
    pub(super) fn flow(&self) -> Flow {
        self.flow
    }

    /// Whether nothing of it takes another path.
    pub(super) fn keeps_flow(&self) -> bool {
        self.keeps_flow
    }

    /// Our CSeq moves past a request that was sent again with credentials.
    pub(super) fn note_cseq(&mut self, cseq: u32) {
        self.local_cseq = self.local_cseq.max(cseq);
    }

    fn request_with_cseq(&self, method: Method, cseq: u32) -> (Request, Flow) {
        let way = self.routes.way_to(&self.target);
        let flow = if self.keeps_flow { self.flow } else { route::next_hop(self.flow, &way.next) };
        let parts = compose::InDialog {
            method,
            uri: way.uri,
            routes: way.routes,
            local: &self.local,
            remote: &self.remote,
            call_id: &self.id.call_id,
            cseq,
        };
        (compose::in_dialog(parts), flow)
    }
}
