//! How fast a key stops a prompt: seen at the caller's own socket, packet by packet.

use crate::engine::{Desks, Engine};
use crate::process::PATIENCE;
use crate::prompts;
use crate::rtp_caller::{self, Caller};
use std::collections::BTreeSet;
use std::time::{Duration, Instant};

/// From the key's first packet to the prompt's last.
const ALLOWED: Duration = Duration::from_millis(20);
/// Between two packets of a prompt the key comes at each of these moments.
const MOMENTS_MS: [u64; 9] = [0, 2, 4, 7, 9, 11, 14, 16, 18];
/// Packets of the menu heard before the key.
const HEARD_BEFORE: usize = 40;
/// Packets of the next prompt that prove the menu is over.
const HEARD_AFTER: usize = 10;

/// A prompt sends a packet every 20 ms, so that one may leave just behind the key, and no second.
/// The median of calls is judged: on a busy machine the caller itself may read its socket late.
#[test]
fn the_last_packet_of_a_prompt_leaves_20_ms_after_the_key_at_most() {
    let engine = Engine::start(&Desks::default());
    let menu = prompts::packets_only_in("menu-language", "menu-pin");
    let next = prompts::packets_only_in("menu-pin", "menu-language");
    let mut took = MOMENTS_MS.map(|moment| one_call(&engine, &menu, &next, Duration::from_millis(moment)));
    engine.assert_empty(MOMENTS_MS.len());
    took.sort_unstable();
    println!("from the key's first packet to the prompt's last: {took:?}");
    let median = took[took.len() / 2];
    assert!(median <= ALLOWED, "median {median:?} of {took:?}");
}

/// Time from the key's first packet to the menu's last.
fn one_call(
    engine: &Engine,
    menu: &BTreeSet<Vec<u8>>,
    next: &BTreeSet<Vec<u8>>,
    moment: Duration,
) -> Duration {
    let caller = Caller::dial(engine.sip);
    let mut heard = 0;
    while heard < HEARD_BEFORE {
        let packet = rtp_caller::receive(&caller.audio, PATIENCE).expect("a menu");
        heard += usize::from(menu.contains(&packet.payload));
    }
    if !moment.is_zero() {
        let early = rtp_caller::receive(&caller.audio, moment);
        drop(early);
    }
    let pressed = Instant::now();
    let mut last = pressed;
    let mut after = 0;
    for sequence in 1.. {
        // Held until the next prompt is there.
        let key = rtp_caller::key(2, sequence, 1_600, sequence);
        caller.audio.send_to(&key, caller.engine_audio).expect("loopback takes packets");
        let packet = rtp_caller::receive(&caller.audio, PATIENCE).expect("the next menu");
        if menu.contains(&packet.payload) {
            last = packet.at;
        }
        after += usize::from(next.contains(&packet.payload));
        if after == HEARD_AFTER {
            break;
        }
    }
    caller.hang_up();
    last - pressed
}
