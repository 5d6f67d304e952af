//! Requests within a dialog whose answer does not depend on its stage.

use crate::base::LegKey;
use crate::signaling::command::Event;
use crate::signaling::core::Core;
use crate::signaling::dialog::Dialog;
use crate::signaling::usage::Asked;
use crate::signaling::{answers, compose, fields};
use crate::sip::Method;

/// Checks the order and answers OPTIONS, INFO and what we do not know. What comes back is an INVITE,
/// UPDATE, PRACK or BYE in its order; a REFER of a peer that may send one; a NOTIFY where we sent one.
pub(super) fn triage(
    core: &mut Core,
    dialog: &mut Dialog,
    leg: Option<LegKey>,
    asked: Asked,
) -> Option<Asked> {
    if !dialog.accept_cseq(fields::cseq_number(&asked.request)) {
        core.reply(&asked, 500);
        return None;
    }
    match asked.request.method {
        Method::Invite | Method::Update | Method::Prack | Method::Bye => return Some(asked),
        Method::Refer if dialog.may_refer => return Some(asked),
        Method::Notify if dialog.has_referred => return Some(asked),
        Method::Options => {
            let answer = answers::capabilities(&asked.request, 200, dialog.may_refer, core.now.wall);
            core.respond(asked.tx, answer);
        }
        Method::Info => {
            core.reply(&asked, 200);
            let content_type = fields::text(&asked.request, "Content-Type").to_string();
            core.tell(leg, |leg| Event::Info { leg, content_type, body: asked.request.body });
        }
        _ => core.respond(asked.tx, answers::unknown_method(&asked.request, dialog.may_refer)),
    }
    None
}

/// 200 to an UPDATE without SDP in an early dialog (RFC 3311 5.2): it refreshed the target.
pub(super) fn accept_update(core: &mut Core, dialog: &Dialog, asked: &Asked) {
    let mut response = compose::reply(&asked.request, 200);
    compose::describe(&mut response, dialog.may_refer, core.now.wall);
    core.respond(asked.tx, response);
}
