//! The forms in which people see the steps of a run.

use dtxsim_core::trace::Trace;

use crate::diagram::{Style, diagram};
use crate::fold::{Line, explained, fold, full};

/// How to show the steps of a run.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Form {
    /// As a sequence diagram of those that matter.
    Diagram(Style),
    /// As a list of those that matter.
    List,
    /// As a list of all.
    Full,
    /// Not at all.
    None,
}

/// The steps of a run, below a line that explains their marks.
pub fn steps(trace: &Trace, violation: Option<u64>, form: Form) -> Vec<Line> {
    match form {
        Form::Diagram(style) => diagram(trace, violation, style),
        Form::List => explained(fold(trace, violation)),
        Form::Full => explained(full(trace, violation)),
        Form::None => Vec::new(),
    }
}
