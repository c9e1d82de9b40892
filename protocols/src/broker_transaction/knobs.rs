use std::fmt;

use dtxsim_core::Nanos;

use super::Flaw;
use crate::messaging::{self, Settings, Telling, transactions};

/// The knobs of broker transactions.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub struct Knobs {
    /// Whether the broker aborts a transaction that is open for too long.
    pub expiry: bool,
    /// What is done wrong on purpose.
    pub broken: Option<Flaw>,
    /// How long things are waited for.
    pub timeouts: Timeouts,
}

impl Knobs {
    /// Whether they fit together.
    ///
    /// # Errors
    /// Why they do not.
    pub fn check(&self) -> Result<(), &'static str> {
        match self.broken {
            Some(Flaw::ExpiryOnlyLogged) if !self.expiry => {
                Err("`expiry_only_logged` needs `expiry: true`")
            }
            Some(Flaw::ExpiryOnlyLogged | Flaw::UnverifiedProduce | Flaw::EndNotNumbered)
            | None => Ok(()),
        }
    }

    pub(super) fn settings(self) -> Settings {
        let Knobs { expiry, broken, timeouts } = self;
        let Timeouts { resend, resend_most, expiry: expires } = timeouts;
        let expiry = expiry.then_some(expires);
        Settings::new(
            Telling::Transactions(transactions::Rules { expiry, broken }),
            messaging::Timeouts { resend, resend_most, ..messaging::Timeouts::default() },
        )
    }
}

impl fmt::Display for Knobs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.expiry { "expiry" } else { "no expiry" })?;
        if let Some(flaw) = self.broken {
            write!(f, ", BROKEN: {}", flaw.name())?;
        }
        Ok(())
    }
}

/// How long things are waited for.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Timeouts {
    /// After so long without an answer a source repeats itself, and an event is delivered again;
    /// doubled each time ...
    pub resend: Nanos,
    /// ... up to this.
    pub resend_most: Nanos,
    /// After so long the broker aborts a transaction, if it expires.
    pub expiry: Nanos,
}

impl Default for Timeouts {
    fn default() -> Self {
        Timeouts {
            resend: Nanos::from_millis(10),
            resend_most: Nanos::from_millis(200),
            expiry: Nanos::from_millis(100),
        }
    }
}
