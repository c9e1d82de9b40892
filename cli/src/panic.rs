//! A panic is a bug of this program, and says so.

use std::panic::{AssertUnwindSafe, PanicHookInfo, catch_unwind};
use std::sync::atomic::{AtomicBool, Ordering};

use dtxsim_core::token::ENGINE;

use crate::exit::ExitCode;
use crate::screen::say;

/// From now on panics are reported as bugs. Only the first: others are its consequences.
pub(crate) fn install() {
    static SAID: AtomicBool = AtomicBool::new(false);
    std::panic::set_hook(Box::new(|info| {
        if !SAID.swap(true, Ordering::Relaxed) {
            say(&text(info));
        }
    }));
}

fn text(info: &PanicHookInfo<'_>) -> String {
    let what = info.payload_as_str().unwrap_or("no message");
    let place = info.location().map_or("an unknown place".to_owned(), ToString::to_string);
    format!(
        "internal error: {what}\n  at {place}, dtxsim {ENGINE}\n\
         This is a bug of dtxsim, not of your scenario. Please report it with these lines, the \
         command line and the scenario."
    )
}

/// Runs the program; a panic in it is [`ExitCode::Internal`].
pub(crate) fn guard(program: impl FnOnce() -> ExitCode) -> ExitCode {
    catch_unwind(AssertUnwindSafe(program)).unwrap_or(ExitCode::Internal)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_is_an_internal_error() {
        assert_eq!(guard(|| panic!("on purpose")), ExitCode::Internal);
        assert_eq!(guard(|| ExitCode::Open), ExitCode::Open);
    }
}
