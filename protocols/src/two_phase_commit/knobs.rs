use std::fmt;

use dtxsim_core::Nanos;
use serde::{Deserialize, Serialize};

/// What a coordinator without a record answers to an inquiry, and so what need not be logged.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Presumption {
    /// Nothing is saved: both outcomes are forced and acknowledged (the R* paper's "2P").
    Nothing,
    /// Abort: aborts are neither forced nor acknowledged.
    #[default]
    Abort,
    /// Commit: commits are not acknowledged; who takes part is forced before anybody is asked.
    Commit,
}

/// What a participant in doubt does when the coordinator does not answer.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Termination {
    /// It goes on asking the coordinator.
    #[default]
    None,
    /// It asks the other participants as well.
    Cooperative,
}

/// Whether reading locks what it reads.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reads {
    /// It does, against those who write, and is refused where one of them is in doubt.
    #[default]
    Locking,
    /// It takes no part in the locking: what is committed there is read, whatever is prepared.
    ReadCommitted,
}

/// One thing that is done wrong on purpose.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Flaw {
    /// A participant votes before its prepare record is durable.
    VoteBeforePrepare,
    /// The coordinator sends its decision before forcing it.
    UnforcedDecision,
    /// A participant acknowledges a commit before forcing it.
    AckBeforeForce,
    /// The coordinator forgets a commit before all have acknowledged it.
    ForgetsBeforeAcks,
    /// Presumed commit whose collecting record is not forced before anybody is asked.
    UnforcedCollecting,
    /// A participant that restarts does not lock what its prepared transactions write.
    LocksLostAtRestart,
}

/// How long things are waited for.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Timeouts {
    /// The coordinator waits so long for votes, then aborts.
    pub votes: Nanos,
    /// After so long without an answer a message is sent again; doubled each time ...
    pub resend: Nanos,
    /// ... up to this.
    pub resend_most: Nanos,
    /// A participant in doubt asks for the decision after so long; then as `resend`.
    pub inquiry: Nanos,
}

impl Default for Timeouts {
    fn default() -> Self {
        Timeouts {
            votes: Nanos::from_millis(50),
            resend: Nanos::from_millis(10),
            resend_most: Nanos::from_millis(200),
            inquiry: Nanos::from_millis(30),
        }
    }
}

/// The knobs of two-phase commit.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Knobs {
    /// What is presumed.
    pub presumption: Presumption,
    /// What participants in doubt do.
    pub termination: Termination,
    /// Whether a participant that only reads votes READ and is left out of the second phase. Not
    /// with [`Presumption::Nothing`], which has no such vote.
    pub read_only_votes: bool,
    /// What those who read lock.
    pub reads: Reads,
    /// Whether a lone participant decides by itself.
    pub one_phase: bool,
    /// Whether the protocol may count on sessions, as the R* paper does: nothing is doubled, and
    /// nothing that was sent to a participant before its crash reaches it afterwards. If not,
    /// presumed commit forces NO votes: a participant that forgets one in a crash would vote YES on
    /// a late copy of the request, and take the forgotten abort for a commit.
    pub sessions: bool,
    /// What is done wrong on purpose.
    pub broken: Option<Flaw>,
    /// How long things are waited for.
    pub timeouts: Timeouts,
}

impl Default for Knobs {
    fn default() -> Self {
        Knobs {
            presumption: Presumption::default(),
            termination: Termination::default(),
            read_only_votes: true,
            reads: Reads::default(),
            one_phase: true,
            sessions: false,
            broken: None,
            timeouts: Timeouts::default(),
        }
    }
}

impl Flaw {
    /// All of them.
    pub const ALL: [Flaw; 6] = [
        Flaw::VoteBeforePrepare,
        Flaw::UnforcedDecision,
        Flaw::AckBeforeForce,
        Flaw::ForgetsBeforeAcks,
        Flaw::UnforcedCollecting,
        Flaw::LocksLostAtRestart,
    ];

    /// Its name in scenarios.
    pub const fn name(self) -> &'static str {
        match self {
            Flaw::VoteBeforePrepare => "vote_before_prepare",
            Flaw::UnforcedDecision => "unforced_decision",
            Flaw::AckBeforeForce => "ack_before_force",
            Flaw::ForgetsBeforeAcks => "forgets_before_acks",
            Flaw::UnforcedCollecting => "unforced_collecting",
            Flaw::LocksLostAtRestart => "locks_lost_at_restart",
        }
    }

    /// Under which presumptions it does anything, presumed abort first.
    pub const fn presumptions(self) -> &'static [Presumption] {
        match self {
            Flaw::UnforcedCollecting => &[Presumption::Commit],
            Flaw::AckBeforeForce | Flaw::ForgetsBeforeAcks => {
                &[Presumption::Abort, Presumption::Nothing]
            }
            Flaw::VoteBeforePrepare | Flaw::UnforcedDecision | Flaw::LocksLostAtRestart => {
                &[Presumption::Abort, Presumption::Nothing, Presumption::Commit]
            }
        }
    }
}

impl fmt::Display for Knobs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.presumption {
            Presumption::Nothing => "presumption: nothing",
            Presumption::Abort => "presumption: abort",
            Presumption::Commit => "presumption: commit",
        })?;
        if self.termination == Termination::Cooperative {
            f.write_str(", termination: cooperative")?;
        }
        if self.reads == Reads::ReadCommitted {
            f.write_str(", reads: read_committed")?;
        }
        if self.sessions {
            f.write_str(", sessions")?;
        }
        if let Some(flaw) = self.broken {
            write!(f, ", BROKEN: {}", flaw.name())?;
        }
        Ok(())
    }
}
