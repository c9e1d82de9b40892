use crate::{Render, Report};

/// One object on one line: the machine-readable contract ([`crate::FORMAT_VERSION`]).
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Json;

impl Render for Json {
    fn render(&self, report: &Report) -> String {
        let mut line = serde_json::to_string(report).expect("its maps have strings as keys");
        line.push('\n');
        line
    }
}
