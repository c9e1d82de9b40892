//! Ctrl-C, and its like.

use std::sync::atomic::{AtomicBool, Ordering};

use crate::screen::say;

/// Set by the first signal.
static INTERRUPTED: AtomicBool = AtomicBool::new(false);

/// What shells report of a process that died of Ctrl-C.
const KILLED: i32 = 130;

/// From now on the first signal ends what is running with the result so far, the second at once.
pub(crate) fn watch() {
    let handler = || {
        if INTERRUPTED.swap(true, Ordering::Relaxed) {
            std::process::exit(KILLED);
        }
        say("interrupted: here is what there is so far; once more to quit at once");
    };
    if let Err(error) = ctrlc::set_handler(handler) {
        say(&format!("warning: Ctrl-C will lose the result: {error}"));
    }
}

/// What the executors look at.
pub(crate) fn flag() -> &'static AtomicBool {
    &INTERRUPTED
}

pub(crate) fn happened() -> bool {
    INTERRUPTED.load(Ordering::Relaxed)
}
