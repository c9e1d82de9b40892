use std::fmt;

use dtxsim_core::Nanos;
use serde::{Deserialize, Serialize};

/// One thing that is done wrong on purpose.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Flaw {
    /// No termination protocol: who waits too long aborts if it is uncertain, and commits if it has
    /// a PRE-COMMIT.
    NaiveTimeouts,
    /// A participant acknowledges a PRE-COMMIT that it has not logged.
    PrecommitNotLogged,
    /// A new coordinator aborts as soon as one process is uncertain.
    AnyUncertainMeansAbort,
}

impl Flaw {
    /// All of them.
    pub const ALL: [Flaw; 3] =
        [Flaw::NaiveTimeouts, Flaw::PrecommitNotLogged, Flaw::AnyUncertainMeansAbort];

    /// Its name in scenarios.
    pub const fn name(self) -> &'static str {
        match self {
            Flaw::NaiveTimeouts => "naive_timeouts",
            Flaw::PrecommitNotLogged => "precommit_not_logged",
            Flaw::AnyUncertainMeansAbort => "any_uncertain_means_abort",
        }
    }
}

/// How long things are waited for. Three-phase commit takes silence for a failure, so these must
/// nest: nobody may give up on somebody who is only waiting for a third; see
/// [`Timeouts::nesting`].
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Timeouts {
    /// The coordinator waits so long for votes, then aborts.
    pub votes: Nanos,
    /// A coordinator, original or elected, waits so long for acknowledgements of its PRE-COMMITs,
    /// then commits.
    pub acks: Nanos,
    /// A participant waits so long for word from the original coordinator.
    pub coordinator: Nanos,
    /// A new coordinator waits so long for states.
    pub states: Nanos,
    /// A participant waits so long for word from a new coordinator.
    pub elected: Nanos,
    /// Who recovers asks again after so long; twice as long each time ...
    pub inquiry: Nanos,
    /// As does the coordinator, which tells its decision again to whom has not acknowledged it; ...
    pub resend: Nanos,
    /// ... both up to this.
    pub resend_most: Nanos,
}

impl Default for Timeouts {
    fn default() -> Self {
        Timeouts {
            votes: Nanos::from_millis(50),
            acks: Nanos::from_millis(50),
            coordinator: Nanos::from_millis(150),
            states: Nanos::from_millis(50),
            elected: Nanos::from_millis(300),
            inquiry: Nanos::from_millis(50),
            resend: Nanos::from_millis(50),
            resend_most: Nanos::from_millis(200),
        }
    }
}

impl Timeouts {
    /// What is wrong with the way in which they nest, if something is: the one that is too short,
    /// and why.
    ///
    /// The coordinator is silent for as long as it waits for votes, or for acknowledgements; a new
    /// one for as long as it waits for states and then, towards those that are committable already,
    /// for acknowledgements.
    pub fn nesting(&self) -> Option<(&'static str, String)> {
        let Timeouts { votes, acks, coordinator, states, elected, .. } = *self;
        let both = Nanos(states.0.saturating_add(acks.0));
        if coordinator <= votes {
            let why = format!("the coordinator may wait for votes as long as {votes}");
            Some(("coordinator", why))
        } else if coordinator <= acks {
            let why = format!("the coordinator may wait for acknowledgements as long as {acks}");
            Some(("coordinator", why))
        } else if elected <= both {
            let why = format!(
                "a new coordinator may wait for states and acknowledgements as long as {both}"
            );
            Some(("elected", why))
        } else {
            None
        }
    }
}

/// The knobs of three-phase commit.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Knobs {
    /// Whether participants acknowledge the decision. If not, as in the textbook's count of 5n
    /// messages, nobody can ever forget a transaction.
    pub final_acks: bool,
    /// What is done wrong on purpose.
    pub broken: Option<Flaw>,
    /// How long things are waited for.
    pub timeouts: Timeouts,
}

impl Default for Knobs {
    fn default() -> Self {
        Knobs { final_acks: true, broken: None, timeouts: Timeouts::default() }
    }
}

impl fmt::Display for Knobs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "final_acks: {}", self.final_acks)?;
        if let Some(flaw) = self.broken {
            write!(f, ", BROKEN: {}", flaw.name())?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_outs_must_nest() {
        let standard = Timeouts::default();
        let wrong = |timeouts: Timeouts| timeouts.nesting().map(|(which, _)| which);
        assert_eq!(wrong(standard), None);
        assert_eq!(
            wrong(Timeouts { votes: standard.coordinator, ..standard }),
            Some("coordinator")
        );
        assert_eq!(wrong(Timeouts { acks: standard.coordinator, ..standard }), Some("coordinator"));
        let elected = Nanos(standard.states.0 + standard.acks.0);
        assert_eq!(wrong(Timeouts { elected, ..standard }), Some("elected"));
        assert_eq!(wrong(Timeouts { elected: Nanos(elected.0 + 1), ..standard }), None);
    }
}
