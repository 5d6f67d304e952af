//! The SIP messages of calls now and lately, for their ladders: kept in memory alone, by Call-ID.
//!
//! ```text
//! INVITE received --> unanswered --1xx but 100, or 2xx, sent--> kept --the newest push the oldest out-->
//! INVITE sent ---------------------------------------------------^
//! ```
//!
//! Strangers' requests that are refused push nobody's ladder out. Of INFO only the method is kept: its body has keys,
//! which may belong to a secret.

use crate::base::UnixTime;
use crate::case::CaseNumber;
use crate::net::{Heading, PacketTap, WireEvent};
use crate::sim::ladder::Rung;
use crate::sim::sight::Sight;
use std::collections::{HashMap, VecDeque};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Legs whose messages are kept.
const LEGS: usize = 2_000;
/// Messages of a leg that are kept: its first ones.
const MESSAGES: usize = 100;
/// Messages that are kept in all: about 20 MB where each says as much as it may.
const IN_ALL: usize = 60_000;
/// INVITEs that wait for our first answer.
const UNANSWERED: usize = 64;
/// Characters of what a message says.
const WIDEST: usize = 120;
/// The longest Call-ID that is kept, in bytes.
const LONGEST_ID: usize = 256;

/// A SIP message of a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Message {
    pub(super) at: UnixTime,
    /// Whether we sent it.
    pub(super) is_sent: bool,
    /// Whom from or to.
    pub(super) peer: SocketAddr,
    /// `INVITE 0120339836`, `200 INVITE`.
    pub(super) what: String,
    /// The codecs it names.
    pub(super) audio: String,
}

/// Sees every message of a shell, and keeps those of calls.
#[derive(Debug, Default)]
pub struct Ladders {
    kept: Mutex<Kept>,
}

#[derive(Debug, Default)]
struct Kept {
    legs: HashMap<String, Leg>,
    /// The names of `legs`, oldest first.
    order: VecDeque<String>,
    unanswered: VecDeque<(String, Message)>,
    /// Messages of all legs.
    count: usize,
}

#[derive(Debug, Default)]
struct Leg {
    /// The case that its INVITE names.
    case: Option<CaseNumber>,
    messages: Vec<Message>,
}

impl Ladders {
    /// What is hung on a shell's wire.
    pub fn tap(self: &Arc<Self>) -> PacketTap {
        let ladders = Arc::clone(self);
        Box::new(move |event| ladders.see(event))
    }

    /// The messages of a call, oldest first: those of the caller's leg, and of the legs that its case went out on.
    pub(super) fn of(&self, call_id: &str, case: Option<CaseNumber>) -> Vec<Message> {
        let kept = self.held();
        let of_case =
            kept.legs.iter().filter(|(id, leg)| *id != call_id && leg.case.is_some() && leg.case == case);
        let legs = kept.legs.get(call_id).into_iter().chain(of_case.map(|(_, leg)| leg));
        let mut messages: Vec<Message> = legs.flat_map(|leg| leg.messages.iter().cloned()).collect();
        messages.sort_by_key(|message| message.at);
        messages
    }

    fn see(&self, event: &WireEvent<'_>) {
        let Some(sight) = Sight::read(event.bytes) else { return };
        let Some(call_id) = sight.call_id().filter(|id| id.len() <= LONGEST_ID) else { return };
        let is_sent = event.heading == Heading::Sent;
        let mut kept = self.held();
        if kept.legs.contains_key(call_id) {
            return kept.take(call_id, event);
        }
        if sight.begins_call() {
            match is_sent {
                true => kept.keep(call_id, sight.header("X-Madoguchi-Case"), event),
                false => kept.wait(call_id, Message::of(event)),
            }
        } else if is_sent && sight.cseq().is_some_and(|(_, method)| method == "INVITE") {
            match sight.status() {
                Some(101..300) => kept.answer(call_id, event),
                Some(300..) => kept.unanswered.retain(|(id, _)| id != call_id),
                _ => {}
            }
        }
    }

    /// What is kept is whole between any two statements.
    fn held(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Kept {
    fn wait(&mut self, call_id: &str, message: Message) {
        if self.unanswered.len() >= UNANSWERED {
            self.unanswered.pop_front();
        }
        self.unanswered.push_back((call_id.to_string(), message));
    }

    /// The first answer to an INVITE that waits.
    fn answer(&mut self, call_id: &str, event: &WireEvent<'_>) {
        let waits = |(id, _): &(String, Message)| id == call_id;
        let Some(place) = self.unanswered.iter().position(waits) else { return };
        let Some((_, invite)) = self.unanswered.remove(place) else { return };
        self.add(call_id, Leg { case: None, messages: vec![invite, Message::of(event)] });
    }

    fn keep(&mut self, call_id: &str, case: Option<&str>, event: &WireEvent<'_>) {
        let case = case.and_then(|number| CaseNumber::parse(number).ok());
        self.add(call_id, Leg { case, messages: vec![Message::of(event)] });
    }

    fn add(&mut self, call_id: &str, leg: Leg) {
        self.count += leg.messages.len();
        self.order.push_back(call_id.to_string());
        self.legs.insert(call_id.to_string(), leg);
        self.make_room();
    }

    fn take(&mut self, call_id: &str, event: &WireEvent<'_>) {
        let Some(leg) = self.legs.get_mut(call_id).filter(|leg| leg.messages.len() < MESSAGES) else {
            return;
        };
        leg.messages.push(Message::of(event));
        self.count += 1;
        self.make_room();
    }

    fn make_room(&mut self) {
        while self.order.len() > LEGS || self.count > IN_ALL {
            let Some(oldest) = self.order.pop_front() else { return };
            self.count -= self.legs.remove(&oldest).map_or(0, |leg| leg.messages.len());
        }
    }
}

impl Message {
    fn of(event: &WireEvent<'_>) -> Message {
        let Rung { what, note, .. } = Rung::message(event.at.mono, "", "", event.bytes);
        let what = if what.starts_with("INFO ") { "INFO".to_string() } else { what };
        Message {
            at: event.at.wall,
            is_sent: event.heading == Heading::Sent,
            peer: event.flow.remote,
            what: shown(&what),
            audio: shown(&note),
        }
    }
}

/// Peers' words, as a terminal may show them: each character is one byte.
fn shown(words: &str) -> String {
    words.chars().take(WIDEST).map(|c| if matches!(c, ' '..='~') { c } else { '?' }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::{Instant, Now};
    use crate::signaling::{Flow, Transport};
    use std::time::Duration;

    /// A ladder keeper, and one message more a millisecond.
    #[derive(Default)]
    struct Wire {
        ladders: Ladders,
        count: u64,
    }

    impl Wire {
        fn see(&mut self, heading: Heading, text: &str) {
            self.count += 1;
            let flow = Flow {
                transport: Transport::Udp,
                local: ([127, 0, 0, 1], 5060).into(),
                remote: ([127, 0, 0, 1], 5070).into(),
            };
            let now =
                Now { mono: Instant::from_millis(self.count), wall: UnixTime::from_secs(1_770_000_000) };
            let at = Now { wall: now.wall + Duration::from_millis(self.count), ..now };
            self.ladders.see(&WireEvent { at, heading, flow, bytes: text.as_bytes() });
        }

        fn sent(&mut self, text: &str) {
            self.see(Heading::Sent, text);
        }

        fn received(&mut self, text: &str) {
            self.see(Heading::Received, text);
        }

        fn said(&self, call_id: &str, case: Option<&str>) -> Vec<String> {
            let case = case.map(|number| CaseNumber::parse(number).expect("a number"));
            self.ladders.of(call_id, case).into_iter().map(|message| message.what).collect()
        }
    }

    fn invite(call_id: &str, more: &str) -> String {
        format!(
            "INVITE sip:0120339836@h SIP/2.0\r\nTo: <sip:a@h>\r\nCall-ID: {call_id}\r\nCSeq: 1 INVITE\r\n{more}\r\n"
        )
    }

    fn answer(call_id: &str, status: u16) -> String {
        format!("SIP/2.0 {status} So\r\nTo: <sip:a@h>;tag=b\r\nCall-ID: {call_id}\r\nCSeq: 1 INVITE\r\n\r\n")
    }

    fn request(call_id: &str, method: &str, body: &str) -> String {
        format!(
            "{method} sip:a@h SIP/2.0\r\nTo: <sip:a@h>;tag=b\r\nCall-ID: {call_id}\r\nCSeq: 2 {method}\r\n\r\n{body}"
        )
    }

    #[test]
    fn a_call_has_the_messages_of_its_callers_leg_and_of_those_its_case_went_out_on() {
        let mut wire = Wire::default();
        wire.received(&invite("caller", ""));
        wire.sent(&answer("caller", 100));
        wire.sent(&answer("caller", 180));
        wire.sent(&invite("desk", "X-Madoguchi-Case: 600000012\r\n"));
        wire.sent(&invite("other", "X-Madoguchi-Case: 600000020\r\n"));
        wire.received(&answer("desk", 200));
        wire.received(&request("caller", "BYE", ""));
        let said = wire.said("caller", Some("600000012"));
        assert_eq!(said, ["INVITE 0120339836", "180 INVITE", "INVITE 0120339836", "200 INVITE", "BYE"]);
        assert_eq!(wire.said("caller", None), ["INVITE 0120339836", "180 INVITE", "BYE"]);
    }

    #[test]
    fn keys_in_info_are_not_kept_and_nothing_moves_a_terminal() {
        let mut wire = Wire::default();
        wire.received(&invite("caller", ""));
        wire.sent(&answer("caller", 200));
        wire.received(&request("caller", "INFO", "Signal=7\r\n"));
        wire.received(&request("caller", "\x1b[2JX", ""));
        let said = wire.said("caller", None);
        assert_eq!(said, ["INVITE 0120339836", "200 INVITE", "INFO", "?[2JX"]);
    }

    #[test]
    fn who_is_refused_pushes_nobody_out_and_memory_has_its_bounds() {
        let mut wire = Wire::default();
        wire.received(&invite("caller", ""));
        wire.sent(&answer("caller", 180));
        for stranger in 0..3 * LEGS {
            wire.received(&invite(&stranger.to_string(), ""));
            wire.sent(&answer(&stranger.to_string(), 503));
            let pinged = answer(&stranger.to_string(), 200).replace("1 INVITE", "2 OPTIONS");
            wire.sent(&pinged);
            wire.received(&request("caller", "UPDATE", ""));
        }
        wire.received(&invite(&"x".repeat(LONGEST_ID + 1), ""));
        assert_eq!(wire.said("caller", None).len(), MESSAGES);
        assert_eq!(wire.ladders.held().unanswered.len(), 0, "who was refused waits for nothing");
        (0..2 * UNANSWERED).for_each(|caller| wire.received(&invite(&format!("waits-{caller}"), "")));
        assert_eq!(wire.ladders.held().unanswered.len(), UNANSWERED);
        for call in 0..LEGS {
            wire.sent(&invite(&format!("desk-{call}"), ""));
        }
        let kept = wire.ladders.held();
        assert_eq!(
            (kept.legs.len(), kept.order.len(), kept.legs.contains_key("caller")),
            (LEGS, LEGS, false)
        );
    }
}
