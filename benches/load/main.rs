//! Callers of a running engine, with media, and what they cost.
//!
//! `cargo bench --bench load -- [CALLERS] [SECONDS]` (300 and 20): starts the engine as a process of its
//! own, places the calls over real SIP and RTP on loopback, and prints packets missing and late, CPU per
//! prompt packet beside that of a bare paced `sendto` loop in the same run, CPU per call set-up and
//! bytes per call. Figures of one run compare; those of two machines or two moments do not.
//!
//! `cargo bench --bench load -- reload [CALLERS] [SECONDS]` (1000 and 5): dialplan and prompts change
//! under those calls. Packets missing and late, and the engine's CPU, before, during and after: one
//! recording changed, then every one.
//!
//! `cargo bench --bench load -- flood [CALLERS] [SECONDS]` (200 and 60): a stranger pours garbage at the engine, then
//! unauthenticated requests, twice each. Packets missing and late, the engine's CPU, and its memory during and after
//! each: the second time tells whether it is flat.
//!
//! Lateness is measured by this process, so its own delays count against the engine.

#![expect(clippy::disallowed_methods, reason = "a measuring instrument reads the clock")]

mod callers;
mod engine;
mod flood;
mod floor;
mod reload;

use callers::Load;
use engine::Engine;
use floor::{Floor, floor};
use std::path::Path;
use std::time::Duration;

fn main() {
    let args: Vec<String> = std::env::args().skip(1).filter(|a| !a.starts_with("--")).collect();
    if args.first().map(String::as_str) == Some("floor") {
        let to = args.get(3).and_then(|a| a.parse().ok()).expect("where to send");
        return floor(number(&args, 1, 300), number(&args, 2, 20), to);
    }
    if args.first().map(String::as_str) == Some("reload") {
        return reload::measure(number(&args, 1, 1_000), number(&args, 2, 5));
    }
    if args.first().map(String::as_str) == Some("flood") {
        return flood::measure(number(&args, 1, 200), number(&args, 2, 60));
    }
    let callers = number(&args, 0, 300);
    let seconds = number(&args, 1, 20);
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let engine = Engine::start(&root.join("dialplans"), &root.join("prompts"), "");
    let idle_bytes = engine.resident_bytes();
    let mut load = Load::new(engine.sip);
    let before = engine.cpu();
    load.place(callers);
    load.listen(Duration::from_secs(1));
    let (after, sent_in_setup) = (engine.cpu(), load.packets());
    let busy_bytes = engine.resident_bytes();
    load.forget_packets();
    let floor = Floor::start(callers, seconds, load.rtp.local_addr().expect("bound"));
    let start = engine.cpu();
    load.listen(Duration::from_secs(seconds));
    let cpu = engine.cpu() - start;
    let floor = floor.per_packet();
    let packets = load.packets();
    let per_packet = cpu.as_secs_f64() / packets.max(1) as f64;
    let setup = (after - before).as_secs_f64() - sent_in_setup as f64 * per_packet;
    println!("callers up                 {} of {callers}", load.streams());
    println!("packets                    {packets} in {seconds} s");
    println!("packets missing            {}", load.missing());
    println!("more than 20 ms late       {:.3} %", load.late_percent());
    println!("CPU per prompt packet      {:.2} us", per_packet * 1e6);
    println!("bare paced sendto          {:.2} us, same packets, at the same time", floor * 1e6);
    println!("ratio                      {:.2}", per_packet / floor);
    println!("CPU per call set-up        {:.0} us, prompt started", setup * 1e6 / callers.max(1) as f64);
    println!("bytes per call             {}", busy_bytes.saturating_sub(idle_bytes) / callers.max(1));
}

fn number(args: &[String], at: usize, default: u64) -> u64 {
    args.get(at).and_then(|a| a.parse().ok()).unwrap_or(default)
}
