//! Many random worlds, one after the other: numbers, one hash, every breach with the seed that repeats it.

use super::callers;
use super::checks::{self, Breach};
use super::report::Counts;
use super::shipped::Shipped;
use sha2::{Digest, Sha256};

/// Callers of one world.
pub const CALLERS_PER_WORLD: u64 = 40;

/// What many worlds amount to.
#[derive(Clone, Debug, Default)]
pub struct Campaign {
    /// People who called, or tried.
    pub callers: u64,
    /// Worlds run.
    pub worlds: u64,
    /// Their numbers.
    pub counts: Counts,
    /// The hash of every journal, in hexadecimal.
    pub hash: String,
    /// Breaches, in the order of their worlds.
    pub breaches: Vec<Broken>,
}

/// A breach, and the world in which it happens again.
#[derive(Clone, Debug)]
pub struct Broken {
    /// The world's seed.
    pub seed: u64,
    /// Its callers.
    pub callers: u64,
    /// The breach.
    pub breach: Breach,
}

/// Runs random worlds from `seed` on until so many people have called.
pub fn run(shipped: &Shipped, callers: u64, seed: u64) -> Campaign {
    let mut campaign = Campaign::default();
    let mut hash = Sha256::new();
    let mut left = callers;
    while left > 0 {
        let world = left.min(CALLERS_PER_WORLD);
        campaign.add(shipped, seed_of(seed, campaign.worlds), world, &mut hash);
        left -= world;
    }
    campaign.hash = hash.finalize().iter().map(|b| format!("{b:02x}")).collect();
    campaign
}

/// The seed of a campaign's world; the first is the campaign's own, so that a world is repeated by its seed.
fn seed_of(seed: u64, world: u64) -> u64 {
    seed.wrapping_add(world.wrapping_mul(1_000_003))
}

impl Campaign {
    fn add(&mut self, shipped: &Shipped, seed: u64, callers: u64, hash: &mut Sha256) {
        let run = callers::cast(seed, callers).run(shipped);
        hash.update(run.hash());
        self.worlds += 1;
        self.callers += callers;
        self.counts.add(&run.counts());
        self.breaches.extend(checks::check(&run.evidence()).into_iter().map(|breach| Broken {
            seed,
            callers,
            breach,
        }));
    }
}
