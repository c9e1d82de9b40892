use std::fmt;

/// One thing to change, and where.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) struct Offence {
    path: String,
    line: usize,
    change: String,
}

impl Offence {
    pub(crate) fn new(path: &str, line: usize, change: impl Into<String>) -> Offence {
        Offence { path: path.to_owned(), line, change: change.into() }
    }
}

impl fmt::Display for Offence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.path, self.line, self.change)
    }
}
