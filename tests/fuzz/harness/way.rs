//! Datagrams at the port of a stream whose far side is found by checks and agrees on keys by DTLS.
//!
//! The input is a list of datagrams: a byte of who and what (0x03 the source, 0x04 a good check in place of the bytes,
//! 0x08 one that nominates, 0x10 RTCP's port), a byte of tenths of a second, a byte of length, the bytes.

use super::dtmf::world;
use madoguchi::base::{Rng, Secret};
use madoguchi::media::{Command, Identity, Output, Port, Settings};
use madoguchi::sdp::{Credentials, Dtls, Fingerprint, Ice, Role};
use madoguchi::stun;
use rcgen::{CertificateParams, KeyPair};
use std::net::SocketAddr;
use std::sync::{Arc, OnceLock};

const PASSWORD: &str = "a-password-that-is-long-enough";

/// No panic; few packets for each; nobody is sent more than answers to checks before the keys are agreed on, and
/// nobody who knows no password is answered anything but that.
pub fn run(input: &[u8]) -> bool {
    let mut world = agreed();
    let (mut checked, mut understood) = (Vec::new(), false);
    let mut rest = input;
    while let [who, pause, length, tail @ ..] = rest {
        let (bytes, after) = tail.split_at(usize::from(*length).min(tail.len()));
        rest = after;
        world.wait(u64::from(*pause) * 100);
        world.drain();
        let from = SocketAddr::from(([203, 0, 113, who & 3], 4_000));
        let port = if who & 0x10 == 0 { Port::Rtp } else { Port::Rtcp };
        let check = stun::request([who & 3; 12], "ours:theirs", PASSWORD, u32::from(*length), who & 8 != 0);
        let good = who & 4 != 0;
        let datagram = if good { check.as_slice() } else { bytes };
        if good && port == Port::Rtp {
            checked.push(from);
        }
        understood |=
            good || stun::read(bytes).is_some() || bytes.first().is_some_and(|b| (20..64).contains(b));
        world.plane.handle_packet(world.now, world::LEGS[0], port, from, datagram);
        let outputs = world.drain();
        assert!(outputs.len() <= 16, "{} outputs for one datagram", outputs.len());
        for output in outputs {
            if let Output::Packet { to, bytes, .. } = output {
                assert_eq!(to, from, "an answer goes back where its question came from");
                assert!(stun::is_stun(&bytes) || checked.contains(&from), "a stranger is spoken to");
                assert!(bytes.first().is_some_and(|first| *first < 64), "audio without keys");
            }
        }
    }
    world.close();
    understood
}

fn agreed() -> world::World {
    let ours = Credentials { ufrag: "ours".into(), password: Secret::new(PASSWORD.into()) };
    let ice = Ice { ours, theirs: Credentials::fresh(&mut Rng::from_seed(1)) };
    let mut world = world::agreed();
    let agreed = world::settings(world::FAR[0]);
    let dtls = Dtls { theirs: Fingerprint([1; 32]), role: Role::Passive };
    let settings = Settings { dtls: Some(dtls), ice: Some(Box::new(ice)), ..agreed };
    world.plane = world.plane.with_identity(Some(Arc::clone(identity())));
    world.plane.handle_command(world.now, Command::Configure { leg: world::LEGS[0], settings });
    world.drain();
    world
}

/// One for all inputs: making it takes longer than any input.
#[expect(clippy::disallowed_methods, reason = "where the time of handshakes begins")]
fn identity() -> &'static Arc<Identity> {
    static IDENTITY: OnceLock<Arc<Identity>> = OnceLock::new();
    IDENTITY.get_or_init(|| {
        let key = KeyPair::generate().expect("a key");
        let params = CertificateParams::new(Vec::new()).expect("no names");
        let certificate = params.self_signed(&key).expect("signed").der().to_vec();
        let zero = std::time::Instant::now();
        Arc::new(Identity::new(certificate, key.serialize_der(), zero).expect("an identity"))
    })
}
