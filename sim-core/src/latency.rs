//! How long things take: distributions of time spans.
//!
//! Logarithms and exponentials come from `libm`, which computes the same bits on every platform;
//! the standard library's do not promise that.

use crate::random::Stream;
use crate::time::Nanos;

/// A distribution of time spans. Parameters are in nanoseconds unless they say otherwise.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Latency {
    /// Always the same.
    Constant(Nanos),
    /// Each span from `low` to `high`, both included, equally likely.
    Uniform {
        /// The shortest.
        low: Nanos,
        /// The longest; not below `low`.
        high: Nanos,
    },
    /// `min` plus an exponential with that mean.
    Exponential {
        /// The shortest.
        min: Nanos,
        /// The mean of what is added to `min`.
        mean: Nanos,
    },
    /// Log-normal: half of the draws below `median`, a tail that grows with `sigma`.
    LogNormal {
        /// The median.
        median: Nanos,
        /// Standard deviation of the logarithm, in thousandths.
        sigma_milli: u32,
    },
    /// Pareto: never below `min`; the smaller `shape`, the heavier the tail.
    Pareto {
        /// The shortest.
        min: Nanos,
        /// The exponent alpha, in thousandths; not zero.
        shape_milli: u32,
    },
}

/// No draw is longer than this (an hour), so that no tail can outlast a run.
pub const LONGEST: Nanos = Nanos::from_secs(3600);

impl Latency {
    /// No time at all.
    pub const ZERO: Latency = Latency::Constant(Nanos::ZERO);

    /// Draws a span; at most [`LONGEST`].
    pub fn draw(&self, stream: &mut Stream) -> Nanos {
        let span = match *self {
            Latency::Constant(span) => span,
            Latency::Uniform { low, high } => Nanos(stream.between(low.0, high.0)),
            Latency::Exponential { min, mean } => {
                min + round(-libm::log(stream.unit()) * mean.0 as f64)
            }
            Latency::LogNormal { median, sigma_milli } => {
                let deviate = f64::from(sigma_milli) / 1000.0 * normal(stream);
                round(median.0 as f64 * libm::exp(deviate))
            }
            Latency::Pareto { min, shape_milli } => {
                let exponent = -1000.0 / f64::from(shape_milli);
                round(min.0 as f64 * libm::pow(stream.unit(), exponent))
            }
        };
        span.min(LONGEST)
    }
}

/// A standard normal deviate (Box & Muller, 1958); its twin is thrown away to stay stateless.
fn normal(stream: &mut Stream) -> f64 {
    let radius = libm::sqrt(-2.0 * libm::log(stream.unit()));
    radius * libm::cos(2.0 * std::f64::consts::PI * stream.unit())
}

/// `as` saturates and takes NaN to zero, both of which are wanted here.
fn round(nanos: f64) -> Nanos {
    Nanos(libm::round(nanos) as u64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Concern;

    fn draws(latency: Latency, count: usize) -> Vec<u64> {
        let mut stream = Stream::new(42, Concern::Latency);
        (0..count).map(|_| latency.draw(&mut stream).0).collect()
    }

    const MS: Nanos = Nanos::from_millis(1);

    #[test]
    fn samplers_are_pinned() {
        let models = [
            Latency::Constant(MS),
            Latency::Uniform { low: MS, high: Nanos::from_millis(2) },
            Latency::Exponential { min: Nanos::ZERO, mean: MS },
            Latency::LogNormal { median: MS, sigma_milli: 500 },
            Latency::Pareto { min: MS, shape_milli: 1500 },
        ];
        let drawn: Vec<Vec<u64>> = models.iter().map(|&m| draws(m, 2)).collect();
        assert_eq!(drawn, PINNED, "a sampler changed: every stored seed and token loses meaning");
    }

    const PINNED: [[u64; 2]; 5] = [
        [1_000_000, 1_000_000],
        [1_058_640, 1_667_024],
        [2_836_328, 404_930],
        [552_602, 1_132_527],
        [6_625_230, 1_309_903],
    ];

    #[test]
    fn means_and_medians_are_what_they_say() {
        let mean = |v: &[u64]| v.iter().sum::<u64>() / v.len() as u64;
        let median = |mut v: Vec<u64>| {
            v.sort_unstable();
            v[v.len() / 2]
        };
        let exponential = Latency::Exponential { min: Nanos::ZERO, mean: MS };
        assert!((980_000..1_020_000).contains(&mean(&draws(exponential, 100_000))));
        let log_normal = Latency::LogNormal { median: MS, sigma_milli: 800 };
        assert!((980_000..1_020_000).contains(&median(draws(log_normal, 100_000))));
        let pareto = draws(Latency::Pareto { min: MS, shape_milli: 2000 }, 100_000);
        assert!(pareto.iter().all(|&n| n >= MS.0));
        assert!((1_390_000..1_440_000).contains(&median(pareto)), "median is min * sqrt 2");
    }

    #[test]
    fn no_tail_outlasts_a_run() {
        let heavy = Latency::Pareto { min: Nanos::from_secs(1), shape_milli: 1 };
        assert!(draws(heavy, 1000).iter().all(|&n| n <= LONGEST.0));
    }
}
