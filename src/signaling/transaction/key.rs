//! What a message is matched to its transaction by (RFC 3261 17.1.3, 17.2.3, 8.2.2.2).

use crate::sip::{Fields, Method, Request, Response};

/// A client transaction: our branch and the method.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct ClientKey {
    branch: String,
    method: Method,
}

impl ClientKey {
    pub(super) fn of_request(request: &Request) -> ClientKey {
        let branch = request.via_top().map(|via| via.branch().to_string()).unwrap_or_default();
        ClientKey { branch, method: request.method.clone() }
    }

    /// `None` where the response is too broken to belong to anything of ours.
    pub(super) fn of_response(response: &Response) -> Option<ClientKey> {
        let branch = response.via_top().ok()?.branch().to_string();
        Some(ClientKey { branch, method: response.cseq().ok()?.method })
    }
}

/// A server transaction. An ACK has its INVITE's key.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum ServerKey {
    /// By a branch that its sender promised to be unique.
    Branch { branch: String, sent_by: String, method: Method },
    /// By everything that a sender older than RFC 3261 keeps the same.
    Fields { uri: String, from_tag: String, call_id: String, cseq: u32, via: String, method: Method },
}

impl ServerKey {
    pub(super) fn of(request: &Request) -> ServerKey {
        let method = if request.method == Method::Ack { Method::Invite } else { request.method.clone() };
        ServerKey::with_method(request, method)
    }

    /// The key of the INVITE that a CANCEL is for.
    pub(super) fn cancelled_by(cancel: &Request) -> ServerKey {
        ServerKey::with_method(cancel, Method::Invite)
    }

    fn with_method(request: &Request, method: Method) -> ServerKey {
        match request.via_top() {
            Ok(via) if via.has_rfc3261_branch() => ServerKey::Branch {
                branch: via.branch().to_string(),
                sent_by: format!(
                    "{}:{}",
                    via.host.to_string().to_ascii_lowercase(),
                    via.port.unwrap_or(5060)
                ),
                method,
            },
            _ => ServerKey::Fields {
                uri: request.uri.to_string(),
                from_tag: from_tag(request),
                call_id: request.call_id().unwrap_or_default().to_string(),
                cseq: request.cseq().map(|cseq| cseq.number).unwrap_or_default(),
                via: request.header("Via").unwrap_or_default().to_string(),
                method,
            },
        }
    }
}

/// A request outside a dialog, whichever way it came.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct MergeKey {
    call_id: String,
    from_tag: String,
    cseq: u32,
    method: Method,
}

impl MergeKey {
    /// `None` for requests that cannot be merged: those within a dialog, ACK and CANCEL.
    pub(super) fn of(request: &Request) -> Option<MergeKey> {
        let has_tag = request.to().is_ok_and(|to| to.tag().is_some());
        if has_tag || matches!(request.method, Method::Ack | Method::Cancel) {
            return None;
        }
        Some(MergeKey {
            call_id: request.call_id().ok()?.to_string(),
            from_tag: from_tag(request),
            cseq: request.cseq().ok()?.number,
            method: request.method.clone(),
        })
    }
}

fn from_tag(request: &Request) -> String {
    request.from().ok().and_then(|from| from.tag().map(str::to_string)).unwrap_or_default()
}
