//! Probabilities, as ratios of integers.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A probability or a rate: `num` in `den`. No decision of the world hangs on a float.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
pub struct Ratio {
    /// How many ...
    pub num: u32,
    /// ... of how many; never zero.
    pub den: u32,
}

impl Ratio {
    /// Never.
    pub const ZERO: Ratio = Ratio { num: 0, den: 1 };
    /// Always; as a rate, unchanged.
    pub const ONE: Ratio = Ratio { num: 1, den: 1 };

    /// `num` in `den`; `None` if `den` is zero.
    pub const fn new(num: u32, den: u32) -> Option<Ratio> {
        if den == 0 { None } else { Some(Ratio { num, den }) }
    }

    /// Whether it is zero.
    pub const fn is_zero(self) -> bool {
        self.num == 0
    }

    /// Whether it can be a probability: at most one.
    pub const fn is_probability(self) -> bool {
        self.num <= self.den
    }

    /// `value` times this ratio, rounded down; saturates.
    pub fn scale(self, value: u64) -> u64 {
        let scaled = u128::from(value) * u128::from(self.num) / u128::from(self.den);
        u64::try_from(scaled).unwrap_or(u64::MAX)
    }
}

impl fmt::Display for Ratio {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.num, self.den)
    }
}
