use std::fmt;

use dtxsim_core::Nanos;
use serde::{Deserialize, Serialize};

use crate::saga::{self, UndoLogs};

/// Whether those ask for the global lock who need not.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GlobalLock {
    /// They do not: they see, or change, what may be rolled back.
    #[default]
    Unlocked,
    /// They do, and are refused if another holds it.
    Asked,
}

/// One thing that is done wrong on purpose.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Flaw {
    /// Before-images are put back whatever the data are by then.
    RestoresBlindly,
}

impl Flaw {
    /// All of them.
    pub const ALL: [Flaw; 1] = [Flaw::RestoresBlindly];

    /// Its name in scenarios.
    pub const fn name(self) -> &'static str {
        match self {
            Flaw::RestoresBlindly => "restores_blindly",
        }
    }
}

/// How long things are waited for.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Timeouts {
    /// After so long without an answer a call is made again; doubled each time ...
    pub resend: Nanos,
    /// ... up to this.
    pub resend_most: Nanos,
}

impl Default for Timeouts {
    fn default() -> Self {
        Timeouts { resend: Nanos::from_millis(10), resend_most: Nanos::from_millis(200) }
    }
}

/// The knobs of Seata AT.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Knobs {
    /// Whether a branch that only reads asks for the global lock (`SELECT .. FOR UPDATE`).
    pub reads: GlobalLock,
    /// Whether a local transaction, which changes data of one service only, asks for it
    /// (`@GlobalLock`).
    pub local: GlobalLock,
    /// A call of a branch is made again so often; then its outcome counts as unknown, and the
    /// transaction is rolled back.
    pub retries: u8,
    /// What is done wrong on purpose.
    pub broken: Option<Flaw>,
    /// How long things are waited for.
    pub timeouts: Timeouts,
}

impl Default for Knobs {
    fn default() -> Self {
        Knobs {
            reads: GlobalLock::default(),
            local: GlobalLock::default(),
            retries: saga::Knobs::default().retries,
            broken: None,
            timeouts: Timeouts::default(),
        }
    }
}

impl Knobs {
    /// The most retries.
    pub const RETRIES: u8 = saga::Knobs::RETRIES;

    pub(super) fn of_saga(&self) -> saga::Knobs {
        let Timeouts { resend, resend_most } = self.timeouts;
        let standard = saga::Knobs::default();
        let timeouts = saga::Timeouts { resend, resend_most, ..standard.timeouts };
        saga::Knobs { retries: self.retries, timeouts, ..standard }
    }

    pub(super) fn undo_logs(&self) -> UndoLogs {
        UndoLogs {
            reads_ask: self.reads == GlobalLock::Asked,
            local_ask: self.local == GlobalLock::Asked,
            blindly: self.broken == Some(Flaw::RestoresBlindly),
        }
    }
}

impl fmt::Display for GlobalLock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            GlobalLock::Unlocked => "unlocked",
            GlobalLock::Asked => "global_lock",
        })
    }
}

impl fmt::Display for Knobs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "reads: {}, local: {}, retries: {}", self.reads, self.local, self.retries)?;
        if let Some(flaw) = self.broken {
            write!(f, ", BROKEN: {}", flaw.name())?;
        }
        Ok(())
    }
}
