use std::fmt;

use dtxsim_core::Nanos;
use serde::{Deserialize, Serialize};

/// How a service keeps the calls of one branch apart: those that come twice, too late, or in the
/// wrong order.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fence {
    /// BROKEN: not at all. Every call is carried out as it comes, on a counter of frozen amounts.
    None,
    /// BROKEN: it reads the branch's row, and acts and writes the row later, each in a local
    /// transaction of its own. Another call may read in between, and a crash may fall there.
    CheckThenAct,
    /// The row is written in the same local transaction as the effect.
    #[default]
    Barrier,
}

/// In which order branches are tried.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Tries {
    /// All at once, registered together.
    #[default]
    Parallel,
    /// Each when the one before has been tried, registered one by one: after a refusal the rest is
    /// neither tried nor cancelled.
    Sequential,
}

/// One thing that is done wrong on purpose.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Flaw {
    /// The coordinator sends its Confirms before the decision is durable.
    ConfirmBeforeDecision,
    /// The coordinator sends a Try before its branch is registered.
    TryBeforeRegistration,
    /// A service acknowledges a Confirm before it is durable.
    ConfirmedBeforeForce,
    /// A service that has nothing to cancel says so and remembers nothing.
    EmptyCancelForgotten,
    /// A service that has nothing to cancel takes that for a failure, and does not acknowledge it.
    EmptyCancelRefused,
    /// The coordinator does not record that it cancels; its recovery tries again, and a service
    /// that finds its row says that all is well, whatever the row says.
    CancelNotRecorded,
    /// The coordinator drops a transaction when its repetitions are used up.
    HalfConfirmedDropped,
    /// A service acknowledges the Confirm of a reservation that has expired.
    ExpiredConfirmAcknowledged,
}

/// How long things are waited for.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Timeouts {
    /// The coordinator waits so long for all branches to be tried, then cancels.
    pub tries: Nanos,
    /// A service waits so long for Confirm or Cancel, where reservations expire.
    pub expiry: Nanos,
    /// After so long without an answer Confirm and Cancel are sent again; doubled each time ...
    pub resend: Nanos,
    /// ... up to this.
    pub resend_most: Nanos,
}

impl Default for Timeouts {
    fn default() -> Self {
        Timeouts {
            tries: Nanos::from_millis(50),
            expiry: Nanos::from_millis(500),
            resend: Nanos::from_millis(10),
            resend_most: Nanos::from_millis(200),
        }
    }
}

/// The knobs of try, confirm, cancel.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub struct Knobs {
    /// How services keep calls apart.
    pub fence: Fence,
    /// In which order branches are tried.
    pub tries: Tries,
    /// Whether a service gives up a reservation by itself when nothing comes for long.
    pub expiry: bool,
    /// After so many repetitions of Confirm or Cancel a person must act; `None`: never.
    pub retries: Option<u8>,
    /// What is done wrong on purpose.
    pub broken: Option<Flaw>,
    /// How long things are waited for.
    pub timeouts: Timeouts,
}

/// Why knobs contradict each other.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Contradiction {
    /// The knob or time-out that is to blame.
    pub field: &'static str,
    /// What is wrong.
    pub message: &'static str,
}

impl Fence {
    /// The name that a broken fence has among broken variants.
    pub const fn flaw(self) -> Option<&'static str> {
        match self {
            Fence::None => Some("no_fence"),
            Fence::CheckThenAct => Some("check_then_act"),
            Fence::Barrier => None,
        }
    }
}

impl Flaw {
    /// All of them.
    pub const ALL: [Flaw; 8] = [
        Flaw::ConfirmBeforeDecision,
        Flaw::TryBeforeRegistration,
        Flaw::ConfirmedBeforeForce,
        Flaw::EmptyCancelForgotten,
        Flaw::EmptyCancelRefused,
        Flaw::CancelNotRecorded,
        Flaw::HalfConfirmedDropped,
        Flaw::ExpiredConfirmAcknowledged,
    ];

    /// Its name in scenarios.
    pub const fn name(self) -> &'static str {
        match self {
            Flaw::ConfirmBeforeDecision => "confirm_before_decision",
            Flaw::TryBeforeRegistration => "try_before_registration",
            Flaw::ConfirmedBeforeForce => "confirmed_before_force",
            Flaw::EmptyCancelForgotten => "empty_cancel_forgotten",
            Flaw::EmptyCancelRefused => "empty_cancel_refused",
            Flaw::CancelNotRecorded => "cancel_not_recorded",
            Flaw::HalfConfirmedDropped => "half_confirmed_dropped",
            Flaw::ExpiredConfirmAcknowledged => "expired_confirm_acknowledged",
        }
    }
}

impl Knobs {
    /// The name of what is done wrong on purpose: a flaw, or a fence that is none.
    pub const fn wrong(&self) -> Option<&'static str> {
        match self.broken {
            Some(flaw) => Some(flaw.name()),
            None => self.fence.flaw(),
        }
    }

    /// The same with nothing done wrong.
    #[must_use]
    pub fn repaired(self) -> Knobs {
        Knobs { broken: None, fence: Fence::Barrier, ..self }
    }

    /// What in them contradicts something else in them.
    pub fn contradiction(&self) -> Option<Contradiction> {
        let because = |field, message| Some(Contradiction { field, message });
        let fenced = self.fence == Fence::Barrier;
        match self.broken {
            Some(_) if !fenced => {
                return because("broken", "a fence other than `barrier` is wrong enough");
            }
            Some(Flaw::HalfConfirmedDropped) if self.retries.is_none() => {
                return because("broken", "without `retries` nothing is ever given up");
            }
            Some(Flaw::ExpiredConfirmAcknowledged) if !self.expiry => {
                return because("broken", "without `expiry` no reservation expires");
            }
            Some(
                Flaw::ConfirmBeforeDecision
                | Flaw::TryBeforeRegistration
                | Flaw::ConfirmedBeforeForce
                | Flaw::EmptyCancelForgotten
                | Flaw::EmptyCancelRefused
                | Flaw::CancelNotRecorded
                | Flaw::HalfConfirmedDropped
                | Flaw::ExpiredConfirmAcknowledged,
            )
            | None => {}
        }
        if self.expiry && !fenced {
            return because("expiry", "only behind a barrier does a Try know that it has expired");
        }
        if self.expiry && self.timeouts.expiry <= self.timeouts.tries {
            return because("expiry", "reservations would expire before all branches are tried");
        }
        None
    }
}

impl fmt::Display for Knobs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.fence {
            Fence::None => "fence: none",
            Fence::CheckThenAct => "fence: check_then_act",
            Fence::Barrier => "fence: barrier",
        })?;
        if self.tries == Tries::Sequential {
            f.write_str(", tries: sequential")?;
        }
        if self.expiry {
            f.write_str(", expiry")?;
        }
        if let Some(retries) = self.retries {
            write!(f, ", retries: {retries}")?;
        }
        if let Some(wrong) = self.wrong() {
            write!(f, ", BROKEN: {wrong}")?;
        }
        Ok(())
    }
}
