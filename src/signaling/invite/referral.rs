//! A peer that refers its caller elsewhere, and is told what becomes of it; and the same from the other side
//! (RFC 3515, RFC 4488, RFC 6665 4.2).
//!
//! ```text
//!             REFER                202: NOTIFY 100
//!  +------+ --------> +-------+ --------------------> +-----------+  each report: NOTIFY, one at a time
//!  | None |           | Asked |                       | Reporting |
//!  +------+ <-------- +-------+                       +-----------+
//!     ^      refused, `Refer-Sub: false`                    |  the last NOTIFY is answered, one is refused
//!     +-----------------------------------------------------+  or lost, its time is up
//! ```
//!
//! A BYE meanwhile ends the session, not the reports.

use super::session::Session;
use crate::base::{Deadline, Instant, LegKey};
use crate::signaling::command::Event;
use crate::signaling::core::Core;
use crate::signaling::transaction::ClientId;
use crate::signaling::usage::{Asked, Replied};
use crate::signaling::{compose, fields};
use crate::sip::{Fields, Method, NameAddr, Replaces, Request, Status, Uri};
use std::time::Duration;

/// How long one REFER is reported on: as long as several places may ring.
const LASTS: Duration = Duration::from_secs(600);
const SIPFRAG: &str = "message/sipfrag;version=2.0";

#[derive(Debug, Default)]
enum State {
    #[default]
    None,
    Asked(Asked),
    Reporting(Reports),
}

/// What the peer is told, one NOTIFY after the other.
#[derive(Debug)]
struct Reports {
    leg: LegKey,
    /// The value of `Event`.
    event: String,
    until: Instant,
    /// The NOTIFY that waits for its answer, and whether it is the last.
    sent: Option<(ClientId, bool)>,
    /// What is said next.
    next: Option<u16>,
}

/// The REFER of a session: the peer's, or ours.
#[derive(Debug, Default)]
pub(super) struct Referral {
    state: State,
    /// REFERs so far: all but the first are told apart by their CSeq (RFC 3515 2.4.6).
    count: u32,
    /// Our own REFER.
    ours: Option<ClientId>,
}

impl Referral {
    pub(super) fn is_ours(&self, id: ClientId) -> bool {
        self.ours == Some(id) || self.notify() == Some(id)
    }

    pub(super) fn is_over(&self) -> bool {
        match &self.state {
            State::None | State::Asked(_) => true,
            State::Reporting(_) => false,
        }
    }

    pub(super) fn deadline(&self) -> Option<Deadline> {
        match &self.state {
            State::None | State::Asked(_) => None,
            State::Reporting(reports) => Some(Deadline { at: reports.until, why: "REFER" }),
        }
    }

    fn notify(&self) -> Option<ClientId> {
        match &self.state {
            State::None | State::Asked(_) => None,
            State::Reporting(reports) => reports.sent.map(|(id, _)| id),
        }
    }
}

/// What a REFER asks for.
struct Wish {
    to: Uri,
    replaces: Option<Replaces>,
}

impl Wish {
    /// One Refer-To, which names a place to call.
    fn read(refer: &Request) -> Option<Wish> {
        let mut named = refer.headers_named("Refer-To");
        let mut to = NameAddr::parse(named.next()?).ok()?.uri;
        if named.next().is_some() || to.param("method").is_some_and(|method| method != "INVITE") {
            return None;
        }
        let replaces = match to.as_sip_mut() {
            Some(uri) => {
                let replaces = Replaces::of_uri(uri).ok()?;
                uri.clear_headers();
                replaces
            }
            None => None,
        };
        Some(Wish { to, replaces })
    }
}

impl Session {
    /// Their REFER: one at a time.
    pub(super) fn on_refer(&mut self, core: &mut Core, asked: Asked) {
        match self.referral.state {
            State::None => {}
            State::Asked(_) | State::Reporting(_) => return core.reply(&asked, 491),
        }
        let Some(Wish { to, replaces }) = Wish::read(&asked.request) else { return core.reply(&asked, 400) };
        self.referral.count += 1;
        self.referral.state = State::Asked(asked);
        core.tell(self.leg, |leg| Event::Refer { leg, to, replaces });
    }

    /// What the engine says to their REFER. Who wants to hear nothing of it hears nothing (RFC 4488 4).
    pub(super) fn answer_refer(&mut self, core: &mut Core, leg: LegKey, status: u16) {
        let asked = match std::mem::take(&mut self.referral.state) {
            State::Asked(asked) => asked,
            other @ (State::None | State::Reporting(_)) => {
                self.referral.state = other;
                return;
            }
        };
        let quiet = fields::text(&asked.request, "Refer-Sub").trim_start().starts_with("false");
        let mut response = compose::reply(&asked.request, status);
        if status >= 300 || quiet {
            if status < 300 {
                response.push("Refer-Sub", "false");
            }
            return core.respond(asked.tx, response);
        }
        response.push("Contact", self.dialog.contact(&core.config, self.dialog.flow()));
        core.respond(asked.tx, response);
        let event = match self.referral.count {
            1 => "refer".to_string(),
            _ => format!("refer;id={}", fields::cseq_number(&asked.request)),
        };
        let until = core.now.mono + LASTS;
        core.referred.insert(leg, self.key);
        self.referral.state = State::Reporting(Reports { leg, event, until, sent: None, next: None });
        self.report_refer(core, leg, 100);
    }

    /// Says what became of it, as soon as what was said before is answered.
    pub(super) fn report_refer(&mut self, core: &mut Core, leg: LegKey, status: u16) {
        if let State::Reporting(reports) = &mut self.referral.state
            && reports.leg == leg
        {
            reports.next = Some(status);
            self.send_report(core);
        }
    }

    fn send_report(&mut self, core: &mut Core) {
        let State::Reporting(reports) = &mut self.referral.state else { return };
        let Some(status) = reports.next.take_if(|_| reports.sent.is_none()) else { return };
        let last = status >= 200;
        let left = reports.until.saturating_since(core.now.mono).as_secs();
        let state =
            if last { "terminated;reason=noresource".into() } else { format!("active;expires={left}") };
        let (mut notify, flow) = self.dialog.request(Method::Notify);
        notify
            .push("Contact", self.dialog.contact(&core.config, flow))
            .push("Event", &reports.event)
            .push("Subscription-State", state);
        notify.set_body(SIPFRAG, fragment(status));
        reports.sent = Some((core.send(self.key, notify, flow), last));
    }

    /// A response to our REFER, or to a NOTIFY of ours: 481 and its like say that nobody listens (RFC 6665 4.2.2).
    pub(super) fn on_referral_response(&mut self, core: &mut Core, replied: &Replied) {
        let status = replied.response.status.code();
        let again = matches!(status, 401 | 407).then(|| self.retry_with_credentials(core, replied)).flatten();
        if self.referral.ours == Some(replied.id) {
            self.referral.ours = if status < 200 { self.referral.ours } else { again };
            if status >= 300 && again.is_none() {
                core.tell(self.leg, |leg| Event::Referred { leg, status });
            }
            return;
        }
        let State::Reporting(reports) = &mut self.referral.state else { return };
        let Some((_, last)) = reports.sent.filter(|_| status >= 200) else { return };
        reports.sent = again.map(|id| (id, last));
        match (status, again) {
            (_, Some(_)) => {}
            (200..=299, None) if !last => self.send_report(core),
            (_, None) => self.forget_referral(core),
        }
    }

    /// Our REFER or a NOTIFY of ours gets no response.
    pub(super) fn on_referral_failure(&mut self, core: &mut Core, id: ClientId) {
        match self.referral.ours.take_if(|ours| *ours == id) {
            Some(_) => core.tell(self.leg, |leg| Event::Referred { leg, status: 408 }),
            None => self.forget_referral(core),
        }
    }

    /// Nobody listens any more.
    fn forget_referral(&mut self, core: &mut Core) {
        match std::mem::take(&mut self.referral.state) {
            State::Reporting(reports) => drop(core.referred.remove(&reports.leg)),
            other @ (State::None | State::Asked(_)) => self.referral.state = other,
        }
    }

    /// Whoever was to tell more has not done so.
    pub(super) fn end_late_referral(&mut self, core: &mut Core) {
        if self.referral.deadline().is_some_and(|due| core.now.mono >= due.at) {
            self.forget_referral(core);
        }
    }

    /// The session is over before anybody decided.
    pub(super) fn refuse_refer(&mut self, core: &mut Core) {
        match std::mem::take(&mut self.referral.state) {
            State::Asked(asked) => core.reply(&asked, 487),
            other @ (State::None | State::Reporting(_)) => self.referral.state = other,
        }
    }

    /// Refers the peer elsewhere.
    pub(super) fn refer(&mut self, core: &mut Core, to: Uri) {
        if !self.is_open() || self.referral.ours.is_some() {
            return;
        }
        let (mut refer, flow) = self.dialog.request(Method::Refer);
        refer
            .push("Contact", self.dialog.contact(&core.config, flow))
            .push("Refer-To", NameAddr::new(to))
            .push("Accept", "message/sipfrag");
        self.dialog.has_referred = true;
        self.referral.ours = Some(core.send(self.key, refer, flow));
    }

    /// What the peer tells of our REFER.
    pub(super) fn on_notify(&mut self, core: &mut Core, asked: &Asked) {
        let event = fields::text(&asked.request, "Event").split(';').next().unwrap_or_default().trim();
        if !event.eq_ignore_ascii_case("refer") {
            return core.reply(asked, 489);
        }
        core.reply(asked, 200);
        if let Some(status) = status_of(&asked.request.body) {
            core.tell(self.leg, |leg| Event::Referred { leg, status });
        }
    }
}

/// A status line alone (RFC 3420).
fn fragment(status: u16) -> Vec<u8> {
    let reason = Status::new(status).map(|status| status.reason_phrase()).unwrap_or_default();
    format!("SIP/2.0 {status} {reason}\r\n").into_bytes()
}

fn status_of(fragment: &[u8]) -> Option<u16> {
    let text = std::str::from_utf8(fragment).ok()?;
    text.strip_prefix("SIP/2.0 ")?.get(..3)?.parse().ok()
}
