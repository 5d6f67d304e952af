//! What signaling reads from header fields; what is missing or broken reads as absent.

use crate::sip::{CSeq, Fields, NameAddr, Uri, parts};

/// The Call-ID; a message that was read has one.
pub(super) fn call_id(message: &impl Fields) -> &str {
    message.call_id().unwrap_or_default()
}

/// The number in CSeq; a message that was read has one.
pub(super) fn cseq_number(message: &impl Fields) -> u32 {
    message.cseq().map(|cseq| cseq.number).unwrap_or_default()
}

/// The From-tag; peers older than RFC 3261 may send none.
pub(super) fn from_tag(message: &impl Fields) -> Option<String> {
    message.from().ok()?.tag().map(str::to_string)
}

/// The To-tag.
pub(super) fn to_tag(message: &impl Fields) -> Option<String> {
    message.to().ok()?.tag().map(str::to_string)
}

/// The first header field of that name, empty where there is none.
pub(super) fn text<'a>(message: &'a impl Fields, name: &str) -> &'a str {
    message.header(name).unwrap_or_default()
}

/// The URI of the first Contact.
pub(super) fn contact(message: &impl Fields) -> Option<Uri> {
    message.contacts().ok()?.into_iter().next().map(|contact| contact.uri)
}

/// Every Contact, the most wanted first (RFC 3261 20.10: `q`, by default 1).
pub(super) fn contacts(message: &impl Fields) -> Vec<NameAddr> {
    let mut contacts = message.contacts().unwrap_or_default();
    contacts.sort_by_key(|contact| std::cmp::Reverse(thousandths(contact.params.get("q").unwrap_or("1"))));
    contacts
}

/// `0.85` as 850; nonsense as 0.
fn thousandths(q: &str) -> u32 {
    let (whole, part) = q.split_once('.').unwrap_or((q, ""));
    let part: String = format!("{part}000").chars().take(3).collect();
    whole.parse::<u32>().unwrap_or(0).min(1) * 1000 + part.parse::<u32>().unwrap_or(0)
}

/// Every Record-Route, topmost first.
pub(super) fn record_routes(message: &impl Fields) -> Vec<NameAddr> {
    message.record_routes().unwrap_or_default()
}

/// The members of a comma list, over all its header fields.
pub(super) fn list(message: &impl Fields, name: &str) -> Vec<String> {
    let members = message.headers_named(name).flat_map(|value| value.split(','));
    members.map(|member| member.trim().to_string()).filter(|member| !member.is_empty()).collect()
}

/// Whether a comma list has this member, in any case.
pub(super) fn names(message: &impl Fields, header: &str, member: &str) -> bool {
    list(message, header).iter().any(|found| found.eq_ignore_ascii_case(member))
}

/// The number of a reliable provisional response (RFC 3262 7.1).
pub(super) fn rseq(message: &impl Fields) -> Option<u32> {
    text(message, "RSeq").trim().parse().ok()
}

/// What a PRACK acknowledges: the number of the response, and the CSeq of its request (RFC 3262 7.2).
pub(super) fn rack(message: &impl Fields) -> Option<(u32, CSeq)> {
    let (rseq, cseq) = text(message, "RAck").trim().split_once([' ', '\t'])?;
    Some((rseq.parse().ok()?, CSeq::parse(cseq).ok()?))
}

/// Seconds of Retry-After.
pub(super) fn retry_after(message: &impl Fields) -> Option<u64> {
    let value = message.header("Retry-After")?.trim_start();
    let digits = value.find(|c: char| !c.is_ascii_digit()).map_or(value, |end| value.split_at(end).0);
    digits.parse().ok()
}

/// The Q.850 cause of Reason (RFC 3326).
pub(super) fn q850(message: &impl Fields) -> Option<u8> {
    list(message, "Reason").iter().find_map(|reason| {
        let (protocol, params) = reason.split_once(';')?;
        let is_cause = |param: &&str| param.trim_start().to_ascii_lowercase().starts_with("cause");
        let (_, cause) = params.split(';').find(is_cause)?.split_once('=')?;
        protocol.trim().eq_ignore_ascii_case("Q.850").then(|| cause.trim().parse().ok()).flatten()
    })
}

/// Whether a Content-Type says SDP.
fn is_sdp(content_type: &str) -> bool {
    let media_type = content_type.split(';').next().unwrap_or_default();
    media_type.trim().eq_ignore_ascii_case("application/sdp")
}

/// The SDP, where the body is that, or has a part that is.
pub(super) fn sdp(message: &impl Fields, body: &[u8]) -> Option<Vec<u8>> {
    let content_type = text(message, "Content-Type");
    if is_sdp(content_type) {
        return (!body.is_empty()).then(|| body.to_vec());
    }
    parts(content_type, body).iter().find(|part| is_sdp(part.content_type)).map(|part| part.body.to_vec())
}

/// Whether a body can be understood: SDP, or parts of which none that must be understood is anything else.
/// A part that does not say so need not be (RFC 3261 20.11 would have it otherwise; gateways that add ISUP or
/// a location to their SDP do not mean it).
pub(super) fn is_understood(message: &impl Fields, body: &[u8]) -> bool {
    let content_type = text(message, "Content-Type");
    let parts = parts(content_type, body);
    is_sdp(content_type)
        || (!parts.is_empty() && parts.iter().all(|part| is_sdp(part.content_type) || !part.is_required))
}

/// Whether the sender says that its body need not be understood (RFC 3261 20.11).
pub(super) fn may_ignore_body(message: &impl Fields) -> bool {
    let disposition = text(message, "Content-Disposition").to_ascii_lowercase();
    disposition.split(';').any(|param| param.replace(' ', "").trim() == "handling=optional")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sip::{Response, Status};

    fn with(name: &str, value: &str) -> Response {
        let mut response = Response::new(Status::OK);
        response.push(name, value);
        response
    }

    #[test]
    fn the_q850_cause_is_found_among_other_reasons() {
        let cause = |value| q850(&with("Reason", value));
        assert_eq!(cause("Q.850;cause=16;text=\"Terminated\""), Some(16));
        assert_eq!(
            cause("SIP ;cause=200 ;text=\"Call completed, elsewhere\", q.850 ; text=\"x\"; cause=17"),
            Some(17)
        );
        assert_eq!(cause("SIP;cause=200"), None);
        assert_eq!(cause("Q.850;cause=999"), None);
        assert_eq!(cause("Q.850"), None);
    }

    #[test]
    fn what_a_prack_acknowledges_is_read_or_nothing() {
        let of = |value| rack(&with("RAck", value)).map(|(rseq, cseq)| (rseq, cseq.to_string()));
        assert_eq!(of("776656 1 INVITE"), Some((776_656, "1 INVITE".into())));
        assert_eq!(of(" 7\t 2  INVITE"), Some((7, "2 INVITE".into())));
        for bad in ["", "1", "1 INVITE", "x 1 INVITE", "4294967296 1 INVITE", "1 1 INVITE 1"] {
            assert_eq!(of(bad), None, "{bad}");
        }
    }

    #[test]
    fn contacts_are_ordered_by_their_weight() {
        let mut response = with("Contact", "<sip:c@h>;q=0.25");
        response.push("Contact", "<sip:a@h>").push("Contact", "<sip:b@h>;q=0.3");
        let users: Vec<String> = contacts(&response).iter().map(|c| c.uri.to_string()).collect();
        assert_eq!(users, ["sip:a@h", "sip:b@h", "sip:c@h"]);
    }

    #[test]
    fn retry_after_may_carry_a_comment() {
        assert_eq!(retry_after(&with("Retry-After", "18 (in a meeting);duration=5")), Some(18));
        assert_eq!(retry_after(&with("Retry-After", "soon")), None);
    }

    #[test]
    fn sdp_is_told_by_its_media_type() {
        assert_eq!(
            sdp(&with("Content-Type", "Application/SDP ; charset=utf-8"), b"v=0"),
            Some(b"v=0".to_vec())
        );
        assert_eq!(sdp(&with("Content-Type", "application/sdpx"), b"v=0"), None);
        assert!(may_ignore_body(&with("Content-Disposition", "render; handling = optional")));
    }
}
