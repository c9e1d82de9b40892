use std::fmt;

use dtxsim_core::Nanos;

use super::{By, Flaw};
use crate::messaging::{self, Settings, Telling, half};

/// The knobs of message-queue transactions.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Knobs {
    /// How a check is answered.
    pub by: By,
    /// After so many checks without an answer the broker gives up; `None`: never.
    pub check_backs: Option<u8>,
    /// What is done wrong on purpose.
    pub broken: Option<Flaw>,
    /// How long things are waited for.
    pub timeouts: Timeouts,
}

impl Knobs {
    /// The most checks that can be asked for.
    pub const CHECK_BACKS: u8 = 250;

    /// Of that kind, with as many checks as it has as a rule.
    pub fn by(by: By) -> Knobs {
        let check_backs = match by {
            By::HalfMessage => Some(15),
            By::TwoPhaseMessage => None,
        };
        Knobs { by, check_backs, broken: None, timeouts: Timeouts::default() }
    }

    /// Whether they fit together.
    ///
    /// # Errors
    /// Why they do not.
    pub fn check(&self) -> Result<(), &'static str> {
        match self.broken {
            Some(Flaw::TwoKeys) if self.by == By::HalfMessage => {
                Err("`two_keys` needs rows, which `half_message` does not insert")
            }
            Some(Flaw::DiscardsUnanswered) if self.check_backs.is_none() => {
                Err("`discards_unanswered` needs a number of `check_backs`")
            }
            Some(
                Flaw::TwoKeys
                | Flaw::DiscardsUnanswered
                | Flaw::NotFoundIsRolledBack
                | Flaw::LateCommitAccepted,
            )
            | None => Ok(()),
        }
    }

    /// The same with nothing done wrong.
    #[must_use]
    pub fn repaired(self) -> Knobs {
        Knobs { broken: None, ..self }
    }

    pub(super) fn settings(self) -> Settings {
        let Knobs { by, check_backs, broken, timeouts } = self;
        let Timeouts { resend, resend_most, check, local } = timeouts;
        let timeouts = messaging::Timeouts { resend, resend_most, handling: local };
        let telling = Telling::Half(half::Rules { by, check, check_backs, broken });
        Settings::new(telling, timeouts)
    }
}

impl Default for Knobs {
    fn default() -> Self {
        Knobs::by(By::default())
    }
}

impl fmt::Display for Knobs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.by {
            By::HalfMessage => "by: half_message",
            By::TwoPhaseMessage => "by: two_phase_message",
        })?;
        if self.check_backs != Knobs::by(self.by).check_backs {
            match self.check_backs {
                Some(checks) => write!(f, ", check_backs: {checks}")?,
                None => f.write_str(", check_backs: unlimited")?,
            }
        }
        if let Some(flaw) = self.broken {
            write!(f, ", BROKEN: {}", flaw.name())?;
        }
        Ok(())
    }
}

/// How long things are waited for.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Timeouts {
    /// After so long without an answer a half message is sent, or an event delivered, again;
    /// doubled each time ...
    pub resend: Nanos,
    /// ... up to this; checks as well.
    pub resend_most: Nanos,
    /// After so long without a decision the broker checks; doubled each time.
    pub check: Nanos,
    /// How long a local transaction runs.
    pub local: Nanos,
}

impl Default for Timeouts {
    fn default() -> Self {
        Timeouts {
            resend: Nanos::from_millis(10),
            resend_most: Nanos::from_millis(200),
            check: Nanos::from_millis(30),
            local: Nanos::from_millis(5),
        }
    }
}
