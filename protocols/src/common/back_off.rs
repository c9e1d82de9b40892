use dtxsim_core::Nanos;

/// Beyond so many doublings no time-out grows, unless its protocol is told fewer.
pub const DOUBLINGS: u8 = 10;

/// How long the `attempt`th repetition waits, counted from zero: twice as long each time, up to
/// `most`.
pub fn wait(first: Nanos, attempt: u8, most: Nanos) -> Nanos {
    let times = 1u64.checked_shl(u32::from(attempt)).unwrap_or(u64::MAX);
    Nanos(first.0.saturating_mul(times)).min(most.max(first))
}

/// Counts repetitions as far as they matter for the wait, so that states stay finite.
pub fn next(attempt: u8, doublings: u8) -> u8 {
    attempt.saturating_add(1).min(doublings)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_up_to_the_most() {
        let waits = |attempt| wait(Nanos(10), attempt, Nanos(50)).0;
        assert_eq!([0, 1, 2, 3, 200].map(waits), [10, 20, 40, 50, 50]);
        assert_eq!(wait(Nanos(10), 1, Nanos(5)), Nanos(10), "never less than the first");
        assert_eq!([next(0, 10), next(10, 10), next(0, 0), next(255, 255)], [1, 10, 0, 255]);
    }
}
