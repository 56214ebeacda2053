//! Stories of what stands between nodes, by seed: of one line ([`line`]), and of a whole house ([`house`]).

mod house;
mod line;

/// xorshift*: small, the same everywhere.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 33) % sides
    }

    fn between(&mut self, from: u64, to: u64) -> u64 {
        from + self.roll(to - from)
    }

    fn one_of(&mut self, many: usize) -> usize {
        usize::try_from(self.roll(many as u64)).unwrap()
    }
}

/// A number that whoever runs the stories may say.
fn from_outside(name: &str) -> Option<u64> {
    std::env::var(name).ok()?.parse().ok()
}
