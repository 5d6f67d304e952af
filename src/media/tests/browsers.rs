//! A far side as a browser is one: it checks, shakes hands, and speaks in keys that no description holds.

use super::{A, B, Port, World, audio, far, prompt, settings};
use crate::base::{Instant, Rng};
use crate::media::dtls::{Association, Failure, Identity, Told};
use crate::media::srtp::Srtp;
use crate::media::{Command, Event, Settings};
use crate::rtp;
use crate::sdp::{self, Credentials, Fingerprint, Ice, Role};
use crate::stun;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

const HOME: &str = "203.0.113.5:61000";
const AWAY: &str = "198.51.100.7:7000";

fn addr(text: &str) -> SocketAddr {
    text.parse().expect("an address")
}

fn ice(seed: u64) -> Ice {
    let mut rng = Rng::from_seed(seed);
    Ice { ours: Credentials::fresh(&mut rng), theirs: Credentials::fresh(&mut rng) }
}

/// A browser, and the engine it talks to: A is its leg, B a plain telephone's.
struct Page {
    world: World,
    ice: Ice,
    dtls: Association,
    certificate: Fingerprint,
    keys: Option<Srtp>,
}

impl Page {
    fn open(role: Role) -> Page {
        let (engine, browser) = (Identity::of_somebody(), Identity::of_somebody());
        let ice = ice(7);
        let with_ice = |theirs: Fingerprint| Settings {
            remote_rtp: addr("0.0.0.0:9"),
            remote_rtcp: addr("0.0.0.0:9"),
            dtls: Some(sdp::Dtls { theirs, role }),
            ice: Some(Box::new(ice.clone())),
            ..settings(A)
        };
        let mut world = World::open();
        world.plane = std::mem::replace(
            &mut world.plane,
            crate::media::Plane::new(super::library(), Rng::from_seed(2)),
        )
        .with_identity(Some(Arc::clone(&engine)));
        let certificate = browser.fingerprint();
        let agreed = with_ice(certificate);
        let theirs = match role {
            Role::Active => Role::Passive,
            Role::Passive => Role::Active,
        };
        let dtls = sdp::Dtls { theirs: engine.fingerprint(), role: theirs };
        let dtls = Association::new(world.now, browser, dtls);
        world.configure(A, agreed);
        world.configure(B, settings(B));
        Page { world, ice, dtls, certificate, keys: None }
    }

    fn check(&mut self, from: &str, nominates: bool) {
        let name = format!("{}:{}", self.ice.ours.ufrag, self.ice.theirs.ufrag);
        let check = stun::request([1; 12], &name, self.ice.ours.password.reveal(), 1, nominates);
        self.bytes(from, &check);
    }

    fn bytes(&mut self, from: &str, bytes: &[u8]) {
        self.world.plane.handle_packet(self.world.now, A, Port::Rtp, addr(from), bytes);
        self.world.drain();
    }

    /// Carries the handshake to and fro until nobody says anything more.
    fn shake(&mut self, from: &str) {
        let mut out: Vec<Vec<u8>> = Vec::new();
        let told = self.dtls.begin(self.world.now, |bytes| out.push(bytes.to_vec()));
        assert_eq!(told, None);
        loop {
            for bytes in std::mem::take(&mut out) {
                self.bytes(from, &bytes);
            }
            let theirs: Vec<_> = std::mem::take(&mut self.world.shaken);
            let theirs = theirs.into_iter().filter(|(_, bytes)| !stun::is_stun(bytes));
            for (to, bytes) in theirs {
                assert_eq!(to, addr(from));
                match self.dtls.take(self.world.now, &bytes, |bytes| out.push(bytes.to_vec())) {
                    Some(Told::Keys(keys)) => self.keys = Some(Srtp::new(*keys)),
                    Some(Told::Failed(why)) => panic!("{why:?}"),
                    None => {}
                }
            }
            if out.is_empty() {
                return;
            }
        }
    }

    fn speak(&mut self, from: &str, n: u16) {
        let mut bytes = Vec::new();
        rtp::write_into(&audio(n, &[0x11; 160]), &mut bytes);
        assert!(self.keys.as_mut().expect("keys").seal(&mut bytes));
        self.bytes(from, &bytes);
    }
}

#[test]
fn what_plays_begins_when_checks_and_handshake_are_done_and_goes_to_the_nominated_address() {
    for role in [Role::Passive, Role::Active] {
        let mut page = Page::open(role);
        page.world.play(A, &[prompt("second")], false);
        page.world.run(300);
        page.check(HOME, false);
        page.check(HOME, true);
        page.world.run(40);
        assert!(
            page.world.sent.is_empty() && page.world.reports.is_empty(),
            "{role:?}: nothing without keys"
        );
        page.shake(HOME);
        page.world.run(2_000);
        assert_eq!(page.world.sent.len(), 50, "{role:?}: all of the prompt");
        assert!(page.world.sent.iter().all(|sent| sent.to == addr(HOME) && sent.payload.len() > 160));
        assert!(page.world.has(&Event::PlayDone { leg: A, play: super::PLAY }));
    }
}

#[test]
fn it_is_joined_with_a_plain_telephone_in_both_directions() {
    let mut page = Page::open(Role::Passive);
    page.check(HOME, true);
    page.shake(HOME);
    page.world.command(Command::Bridge { a: A, b: B });
    page.speak(HOME, 1);
    let out = page.world.sent.pop().expect("it crosses at once");
    assert_eq!((out.leg, out.payload.as_slice()), (B, &[0x11; 160][..]));
    page.world.packet(B, far(B), &audio(1, &[0x22; 160]));
    let back = page.world.sent.pop().expect("it crosses back");
    assert_eq!((back.leg, back.to), (A, addr(HOME)));
    assert_ne!(back.payload[..160], [0x22; 160]);
}

#[test]
fn strangers_who_check_shake_hands_or_speak_change_nothing() {
    let mut page = Page::open(Role::Passive);
    let mut hello = Vec::new();
    let mut stranger = Association::new(
        page.world.now,
        Identity::of_somebody(),
        sdp::Dtls { theirs: Fingerprint([0; 32]), role: Role::Active },
    );
    stranger.begin(page.world.now, |bytes| hello = bytes.to_vec());
    let forged = stun::request([9; 12], "nobody:knows", "a password of some length", 1, true);
    for _ in 0..50 {
        page.bytes(AWAY, &hello);
        page.bytes(AWAY, &forged);
    }
    assert!(page.world.shaken.iter().all(|(_, bytes)| stun::is_stun(bytes)), "no hello is answered");
    page.world.shaken.clear();
    page.check(HOME, true);
    for _ in 0..50 {
        page.bytes(AWAY, &hello);
    }
    page.shake(HOME);
    page.speak(HOME, 1);
    page.speak(AWAY, 2);
    page.speak(HOME, 3);
    assert!(page.world.events.is_empty(), "{:?}", page.world.events);
    let report = page.world.close(A);
    assert_eq!((report.received, report.strangers), (2, 151));
}

#[test]
fn a_page_that_takes_another_way_is_heard_before_it_nominates_it() {
    let mut page = Page::open(Role::Passive);
    page.check(HOME, true);
    page.shake(HOME);
    page.speak(HOME, 1);
    page.check(AWAY, false);
    page.speak(AWAY, 2);
    page.world.play(A, &[prompt("odd")], false);
    page.world.run(100);
    assert!(page.world.sent.iter().all(|sent| sent.to == addr(HOME)) && !page.world.sent.is_empty());
    let report = page.world.close(A);
    assert_eq!((report.received, report.strangers), (2, 0));
}

#[test]
fn another_certificate_than_the_description_s_is_told_and_nothing_is_sent() {
    let mut page = Page::open(Role::Passive);
    let mut other = Settings { ice: Some(Box::new(page.ice.clone())), ..settings(A) };
    other.dtls = Some(sdp::Dtls { theirs: Fingerprint([7; 32]), role: Role::Passive });
    page.world.configure(A, other);
    page.world.play(A, &[prompt("second")], true);
    page.check(HOME, true);
    let mut out: Vec<Vec<u8>> = Vec::new();
    page.dtls.begin(page.world.now, |bytes| out.push(bytes.to_vec()));
    while !out.is_empty() {
        for bytes in std::mem::take(&mut out) {
            page.bytes(HOME, &bytes);
        }
        for (_, bytes) in std::mem::take(&mut page.world.shaken) {
            page.dtls.take(page.world.now, &bytes, |bytes| out.push(bytes.to_vec()));
        }
    }
    assert!(page.world.has(&Event::NoKeys { leg: A, why: Failure::WrongCertificate }));
    page.world.run(5_000);
    assert!(page.world.sent.is_empty());
}

#[test]
fn where_checks_cease_nothing_is_sent_any_more_and_the_call_is_told() {
    let mut page = Page::open(Role::Passive);
    page.check(HOME, true);
    page.shake(HOME);
    let begun = page.world.now;
    page.world.play(A, &[prompt("second")], true);
    page.world.run(60_000);
    let lost = page.world.events.iter().find(|(_, event)| *event == Event::Lost { leg: A });
    assert_eq!(lost.map(|(at, _)| *at), Some(begun + Duration::from_secs(30)));
    let last = page.world.sent.last().expect("it played").at;
    assert!(last <= begun + Duration::from_secs(30), "{last}");
}

#[test]
fn a_restart_and_a_hold_keep_the_keys_and_a_new_certificate_makes_new_ones() {
    let mut page = Page::open(Role::Passive);
    page.check(HOME, true);
    page.shake(HOME);
    page.speak(HOME, 1);
    let dtls = sdp::Dtls { theirs: page.certificate, role: Role::Passive };
    let restarted = ice(8);
    let again = Settings {
        dtls: Some(dtls),
        ice: Some(Box::new(restarted.clone())),
        remote_rtp: addr("192.0.2.77:9"),
        ..settings(A)
    };
    page.world.configure(A, again.clone());
    page.speak(HOME, 2);
    page.ice = restarted;
    page.check(AWAY, true);
    page.speak(AWAY, 3);
    page.world.play(A, &[prompt("odd")], false);
    page.world.run(100);
    assert!(page.world.sent.iter().all(|sent| sent.to == addr(AWAY)) && !page.world.sent.is_empty());
    let browser = Identity::of_somebody();
    let anew =
        Settings { dtls: Some(sdp::Dtls { theirs: browser.fingerprint(), role: Role::Passive }), ..again };
    page.world.configure(A, anew);
    page.world.sent.clear();
    page.world.play(A, &[prompt("odd")], false);
    page.world.run(100);
    assert!(page.world.sent.is_empty(), "the old keys are not used any more");
    let report = page.world.close(A);
    assert_eq!(report.received, 3);
    assert!(page.world.now > Instant::ZERO);
}

#[test]
fn without_checks_only_the_announced_address_shakes_hands() {
    let (engine, browser) = (Identity::of_somebody(), Identity::of_somebody());
    let mut world = World::open();
    world.plane =
        std::mem::replace(&mut world.plane, crate::media::Plane::new(super::library(), Rng::from_seed(2)))
            .with_identity(Some(Arc::clone(&engine)));
    let dtls = sdp::Dtls { theirs: browser.fingerprint(), role: Role::Passive };
    world.configure(A, Settings { dtls: Some(dtls), learn: true, remote_rtcp: far(A), ..settings(A) });
    let mut hello = Vec::new();
    let far_dtls = sdp::Dtls { theirs: engine.fingerprint(), role: Role::Active };
    let mut end = Association::new(world.now, browser, far_dtls);
    end.begin(world.now, |bytes| hello = bytes.to_vec());
    world.plane.handle_packet(world.now, A, Port::Rtp, addr(AWAY), &hello);
    world.drain();
    assert!(world.shaken.is_empty());
    world.plane.handle_packet(world.now, A, Port::Rtp, far(A), &hello);
    world.drain();
    assert!(world.shaken.iter().all(|(to, _)| *to == far(A)) && !world.shaken.is_empty());
}
