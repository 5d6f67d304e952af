//! The session interval that two sides agree on, in the headers of both roles (RFC 4028 4 to 9).

use crate::signaling::command::SessionTimer;
use crate::signaling::{compose, fields};
use crate::sip::{Fields, Refresher, Request, Response, SessionExpires};
use std::time::Duration;

/// The smallest interval there may be (RFC 4028 5); what Min-SE means where it is absent.
pub(super) const SMALLEST: Duration = Duration::from_secs(90);

/// Who refreshes, seen from here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum By {
    Us,
    Them,
}

/// An interval, and whose duty it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Agreed {
    pub(super) interval: Duration,
    pub(super) by: By,
}

/// 422 to a session refresh request whose interval is too small for us. Where the peer does not know session
/// timers a proxy wrote the interval, and the peer could make nothing of a 422 (RFC 4028 9).
pub(in crate::signaling) fn refuse_short(request: &Request, timer: &SessionTimer) -> Option<Response> {
    let asked = asked(request).filter(|_| supports(request))?;
    if Duration::from_secs(u64::from(asked.seconds)) >= timer.min {
        return None;
    }
    let mut response = compose::reply(request, 422);
    response.push("Min-SE", timer.min.as_secs());
    Some(response)
}

/// Writes what our INVITE asks for; who refreshes is left to the answer.
pub(in crate::signaling) fn ask(request: &mut Request, timer: &SessionTimer) {
    let Some(expires) = timer.expires else { return };
    write(request, expires.max(timer.min), None);
    write_min(request, timer.min);
}

/// Writes what a request within the session asks for: as agreed, by the same side.
pub(super) fn ask_again(request: &mut Request, agreed: Agreed, min: Duration) {
    let refresher = match agreed.by {
        By::Us => Refresher::Uac,
        By::Them => Refresher::Uas,
    };
    write(request, agreed.interval, Some(refresher));
    write_min(request, min);
}

/// The same request for a longer interval, where a 422 wants one (RFC 4028 7.3). `None`: it does not.
pub(super) fn longer(request: &Request, refusal: &Response) -> Option<Request> {
    let wanted = min_se(refusal)?;
    let mut asked = SessionExpires::parse(request.header("Session-Expires")?).ok()?;
    let seconds = u32::try_from(wanted.as_secs()).ok().filter(|seconds| *seconds > asked.seconds)?;
    asked.seconds = seconds;
    let mut request = request.clone();
    request.set("Session-Expires", asked).set("Min-SE", seconds);
    Some(request)
}

/// Agrees to what a request asks for, as its server: writes our 2xx (RFC 4028 9, table 2). The side that
/// refreshed goes on where the peer leaves it open; from the start it is us, so that no call hangs on what a
/// peer may forget.
pub(super) fn grant(
    response: &mut Response,
    request: &Request,
    timer: &SessionTimer,
    before: Option<Agreed>,
) -> Option<Agreed> {
    let interval = granted(request, timer, before)?;
    let asked = asked(request).and_then(|asked| asked.refresher);
    let by = match (supports(request), asked) {
        (false, _) | (true, Some(Refresher::Uas)) => By::Us,
        (true, Some(Refresher::Uac)) => By::Them,
        (true, None) => before.map_or(By::Us, |before| before.by),
    };
    let refresher = if by == By::Us { Refresher::Uas } else { Refresher::Uac };
    response.set("Session-Expires", expires(interval, Some(refresher)));
    if supports(request) {
        response.set("Require", TIMER);
    }
    Some(Agreed { interval, by })
}

/// The interval: as asked, at most what we want ourselves, never below what the request calls its least.
fn granted(request: &Request, timer: &SessionTimer, before: Option<Agreed>) -> Option<Duration> {
    let asked = asked(request).map(|asked| Duration::from_secs(u64::from(asked.seconds)));
    let ours = before.map(|before| before.interval).or(timer.expires.map(|ours| ours.max(timer.min)));
    let wanted = match (asked.filter(|asked| *asked >= SMALLEST), ours) {
        (Some(asked), Some(ours)) => asked.min(ours),
        (asked, ours) => asked.or(ours)?,
    };
    Some(wanted.max(min_se(request).unwrap_or(SMALLEST)))
}

/// What a 2xx to our request agrees to. Where it says nothing the peer knows no session timers, and we refresh
/// as we asked (RFC 4028 7.2).
pub(super) fn agreed(request: &Request, response: &Response) -> Option<Agreed> {
    let answered = asked(response);
    let by = match answered.and_then(|answered| answered.refresher) {
        Some(Refresher::Uas) => By::Them,
        Some(Refresher::Uac) | None => By::Us,
    };
    let interval = Duration::from_secs(u64::from(answered.or_else(|| asked(request))?.seconds));
    Some(Agreed { interval: interval.max(SMALLEST), by })
}

/// Min-SE, where there is one.
pub(super) fn min_se(message: &impl Fields) -> Option<Duration> {
    let value = message.header("Min-SE")?;
    let seconds: u32 = value.split(';').next()?.trim().parse().ok()?;
    Some(Duration::from_secs(u64::from(seconds)))
}

fn asked(message: &impl Fields) -> Option<SessionExpires> {
    SessionExpires::parse(message.header("Session-Expires")?).ok()
}

/// The option tag of RFC 4028.
const TIMER: &str = "timer";

fn supports(request: &Request) -> bool {
    ["Supported", "Require"].into_iter().any(|header| fields::names(request, header, TIMER))
}

fn write(request: &mut Request, interval: Duration, refresher: Option<Refresher>) {
    request.set("Session-Expires", expires(interval, refresher));
}

fn write_min(request: &mut Request, min: Duration) {
    if min > SMALLEST {
        request.set("Min-SE", min.as_secs());
    }
}

fn expires(interval: Duration, refresher: Option<Refresher>) -> SessionExpires {
    SessionExpires { seconds: u32::try_from(interval.as_secs()).unwrap_or(u32::MAX), refresher }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sip::{Method, Status, Uri};

    const HALF_HOUR: SessionTimer = SessionTimer { expires: Some(Duration::from_secs(1800)), min: SMALLEST };
    const OFF: SessionTimer = SessionTimer { expires: None, min: SMALLEST };

    fn with(headers: &[(&str, &str)]) -> Request {
        let mut request = Request::new(Method::Invite, Uri::parse("sip:a@b").expect("a URI"));
        for (name, value) in headers {
            request.push(name, *value);
        }
        request
    }

    /// What our 200 says to these headers: Session-Expires and Require.
    fn granted(timer: &SessionTimer, headers: &[(&str, &str)], before: Option<Agreed>) -> (String, String) {
        let mut response = Response::new(Status::OK);
        grant(&mut response, &with(headers), timer, before);
        let text = |name: &str| response.header(name).unwrap_or_default().to_string();
        (text("Session-Expires"), text("Require"))
    }

    #[test]
    fn the_refresher_a_peer_names_is_echoed_and_the_timer_required() {
        let timer = ("Supported", "100rel, timer");
        for side in ["uac", "uas"] {
            let asked = format!("300;refresher={side}");
            let answer = granted(&HALF_HOUR, &[timer, ("x", &asked), ("Min-SE", "300")], None);
            assert_eq!(answer, (asked, "timer".into()));
        }
        assert_eq!(granted(&HALF_HOUR, &[timer, ("x", "300")], None).0, "300;refresher=uas");
        let theirs = Some(Agreed { interval: Duration::from_secs(300), by: By::Them });
        assert_eq!(granted(&HALF_HOUR, &[timer, ("x", "300")], theirs).0, "300;refresher=uac", "as before");
    }

    #[test]
    fn who_knows_no_timers_is_asked_for_none() {
        let answer = ("1800;refresher=uas".to_string(), String::new());
        assert_eq!(granted(&HALF_HOUR, &[], None), answer);
        assert_eq!(granted(&HALF_HOUR, &[("x", "7200;refresher=uac")], None), answer);
        assert_eq!(granted(&OFF, &[], None), Default::default());
        assert_eq!(granted(&OFF, &[("x", "5")], None), Default::default(), "less than there may be");
    }

    #[test]
    fn an_interval_is_shortened_to_ours_but_not_below_the_least() {
        let timer = ("Supported", "timer");
        let hours = [timer, ("Session-Expires", "7200")];
        assert_eq!(granted(&HALF_HOUR, &hours, None).0, "1800;refresher=uas");
        assert_eq!(granted(&OFF, &hours, None).0, "7200;refresher=uas");
        let least = [timer, ("Session-Expires", "7200"), ("Min-SE", "3600")];
        assert_eq!(granted(&HALF_HOUR, &least, None).0, "3600;refresher=uas");
    }

    #[test]
    fn too_short_an_interval_is_422_where_the_peer_can_be_told() {
        let strict = SessionTimer { min: Duration::from_secs(300), ..HALF_HOUR };
        let refused = |headers: &[(&str, &str)]| refuse_short(&with(headers), &strict);
        let refusal = refused(&[("Supported", "timer"), ("x", "299")]).expect("422");
        assert_eq!((refusal.status.code(), refusal.header("Min-SE")), (422, Some("300")));
        assert!(refused(&[("Supported", "timer"), ("x", "300")]).is_none());
        assert!(refused(&[("x", "299")]).is_none(), "by a proxy");
        assert!(refused(&[("Supported", "timer")]).is_none());
    }

    #[test]
    fn a_422_is_obeyed_where_it_asks_for_more() {
        let mut refusal = Response::new(Status::OK);
        refusal.push("Min-SE", "600");
        let again = longer(&with(&[("Session-Expires", "90;refresher=uac")]), &refusal).expect("again");
        assert_eq!(again.header("Session-Expires"), Some("600;refresher=uac"));
        assert_eq!(again.header("Min-SE"), Some("600"));
        assert!(longer(&again, &refusal).is_none(), "no more than asked already");
        assert!(longer(&with(&[]), &refusal).is_none(), "nothing was asked");
    }

    #[test]
    fn an_answer_that_says_nothing_leaves_the_refreshing_to_us() {
        let request = with(&[("Session-Expires", "1800")]);
        let mut response = Response::new(Status::OK);
        let ours = |seconds| Some(Agreed { interval: Duration::from_secs(seconds), by: By::Us });
        assert_eq!(agreed(&request, &response), ours(1800));
        response.set("Session-Expires", "1;refresher=uac");
        assert_eq!(agreed(&request, &response), ours(90), "never a flood of refreshes");
        response.set("Session-Expires", "300;refresher=uas");
        let theirs = Agreed { interval: Duration::from_secs(300), by: By::Them };
        assert_eq!(agreed(&request, &response), Some(theirs));
        assert_eq!(agreed(&with(&[]), &Response::new(Status::OK)), None);
    }
}
