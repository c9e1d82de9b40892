use dtxsim_core::Nanos;

use super::back_off;

/// How often, and how long apart, something is tried again.
///
/// An attempt is the number of the repetition that is waited for, counted from zero. It belongs in
/// the timer's name.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Retry {
    /// How long the first repetition waits; each after it waits twice as long.
    pub first: Nanos,
    /// No repetition waits longer, unless the first does.
    pub most: Nanos,
    /// After so many repetitions it is given up; `None`: never.
    pub limit: Option<u8>,
    /// So many repetitions count for the wait.
    doublings: u8,
}

impl Retry {
    /// Such a rule in a world with time.
    pub const fn new(first: Nanos, most: Nanos, limit: Option<u8>) -> Retry {
        Retry { first, most, limit, doublings: back_off::DOUBLINGS }
    }

    /// The same in a world without time, where no repetition is like another only because it waits
    /// longer. A limit stays, and is counted: it is finite.
    #[must_use]
    pub const fn untimed(self) -> Retry {
        Retry { doublings: 0, ..self }
    }

    /// How long an attempt waits.
    pub fn wait(&self, attempt: u8) -> Nanos {
        back_off::wait(self.first, attempt, self.most)
    }

    /// The attempt after that one; none if it was the last.
    pub fn next(&self, attempt: u8) -> Option<u8> {
        match self.limit {
            None => Some(back_off::next(attempt, self.doublings)),
            Some(limit) => attempt.checked_add(1).filter(|&next| next < limit),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn attempts(retry: Retry) -> Vec<u8> {
        std::iter::successors(Some(0), |&attempt| retry.next(attempt)).take(20).collect()
    }

    #[test]
    fn a_limit_ends_it_with_time_and_without() {
        let retry = Retry::new(Nanos(10), Nanos(25), Some(3));
        assert_eq!(attempts(retry), [0, 1, 2]);
        assert_eq!(attempts(retry.untimed()), [0, 1, 2]);
        assert_eq!([0, 1, 2].map(|attempt| retry.wait(attempt).0), [10, 20, 25]);
    }

    #[test]
    fn without_a_limit_attempts_count_only_as_far_as_they_wait_longer() {
        let retry = Retry::new(Nanos(10), Nanos(25), None);
        assert_eq!(attempts(retry).last(), Some(&back_off::DOUBLINGS));
        assert!(attempts(retry.untimed()).iter().all(|&attempt| attempt == 0));
    }
}
