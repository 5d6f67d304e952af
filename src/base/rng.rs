//! Randomness from one seed: a run with the same seed draws the same values.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{RngCore, SeedableRng};

/// A stream of random values that nobody outside can guess and a test can repeat.
#[derive(Clone, Debug)]
pub struct Rng(ChaCha8Rng);

impl Rng {
    /// The stream of this seed, for tests and the simulator.
    pub fn from_seed(seed: u64) -> Self {
        Rng(ChaCha8Rng::seed_from_u64(seed))
    }

    /// The stream of 32 bytes from the operating system, for a live engine.
    pub fn from_entropy(bytes: [u8; 32]) -> Self {
        Rng(ChaCha8Rng::from_seed(bytes))
    }

    /// A stream of its own for one purpose: draws there do not move draws here.
    pub fn fork(&self, purpose: &str) -> Rng {
        let mut child = self.0.clone();
        child.set_word_pos(0);
        child.set_stream(stream_of(purpose));
        let mut seed = [0; 32];
        child.fill_bytes(&mut seed);
        Rng(ChaCha8Rng::from_seed(seed))
    }

    /// Any 32-bit value.
    pub fn next_u32(&mut self) -> u32 {
        self.0.next_u32()
    }

    /// Any 64-bit value.
    pub fn next_u64(&mut self) -> u64 {
        self.0.next_u64()
    }

    /// A value below `bound`; 0 where `bound` is 0.
    pub fn below(&mut self, bound: u64) -> u64 {
        ((u128::from(self.next_u64()) * u128::from(bound)) >> 64) as u64
    }

    /// True `percent` times of a hundred.
    pub fn chance(&mut self, percent: u64) -> bool {
        self.below(100) < percent
    }

    /// `bytes` random bytes as lower-case hexadecimal, for tags, branches and Call-IDs.
    pub fn hex(&mut self, bytes: usize) -> String {
        (0..bytes).map(|_| format!("{:02x}", self.next_u32() as u8)).collect()
    }
}

/// FNV-1a: names a ChaCha stream after its purpose.
fn stream_of(purpose: &str) -> u64 {
    purpose.bytes().fold(0xcbf2_9ce4_8422_2325, |h, b| (h ^ u64::from(b)).wrapping_mul(0x0100_0000_01b3))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_repeats_and_forks_are_independent_of_draws() {
        let mut a = Rng::from_seed(7);
        let b = Rng::from_seed(7);
        a.next_u64();
        assert_eq!(a.fork("tag").hex(8), b.fork("tag").hex(8));
        assert_ne!(b.fork("tag").hex(8), b.fork("branch").hex(8));
    }

    #[test]
    fn values_stay_below_their_bound() {
        let mut rng = Rng::from_seed(1);
        assert!((0..1000).all(|_| rng.below(3) < 3));
        assert_eq!(rng.below(0), 0);
    }
}
