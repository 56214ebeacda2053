//! Chance, for invented people only: small, seeded, and the same again for the same seed, so that a play can be told twice.
//! Nothing secret is ever drawn from it.

/// A SplitMix64 generator.
#[derive(Debug, Clone)]
pub struct Chance(u64);

impl Chance {
    /// From a seed.
    pub const fn new(seed: u64) -> Self {
        Self(seed)
    }

    fn draw(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// Evenly in [0, 1).
    pub fn share(&mut self) -> f64 {
        const STEPS: f64 = (1_u64 << 53) as f64;
        (self.draw() >> 11) as f64 / STEPS
    }

    /// True in `share` of all cases.
    pub(super) fn happens(&mut self, share: f64) -> bool {
        self.share() < share
    }

    /// Evenly in `[low, high)`, in milliseconds.
    pub(super) fn between(&mut self, low: u64, high: u64) -> u64 {
        low + (self.share() * high.saturating_sub(low) as f64) as u64
    }

    /// One of these; none of none.
    pub(super) fn pick<T: Copy>(&mut self, from: &[T]) -> Option<T> {
        let at = (self.share() * from.len() as f64) as usize;
        from.get(at).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_tells_the_same_story_and_shares_stay_in_their_bounds() {
        let (mut one, mut other) = (Chance::new(7), Chance::new(7));
        for _ in 0..1_000 {
            let share = one.share();
            assert!((0.0..1.0).contains(&share));
            assert_eq!(share.to_bits(), other.share().to_bits());
        }
        assert_eq!(one.pick::<u8>(&[]), None);
        assert!((5..9).contains(&one.between(5, 9)));
    }
}
