use std::fmt;

/// What a service does of a transaction in one durable local transaction.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Deed {
    /// Its part: a saga's step, a local transaction, a consumer's effect.
    Action,
    /// Undoes the action.
    Compensation,
    /// Reserves what its part needs.
    Try,
    /// Uses what was reserved.
    Confirm,
    /// Gives back what was reserved.
    Cancel,
}

impl Deed {
    /// All of them.
    pub const ALL: [Deed; 5] =
        [Deed::Action, Deed::Compensation, Deed::Try, Deed::Confirm, Deed::Cancel];

    /// Whether it begins a branch, and so is what may have to be undone.
    pub const fn begins(self) -> bool {
        matches!(self, Deed::Action | Deed::Try)
    }

    /// Whether it undoes another.
    pub const fn undoes(self) -> bool {
        matches!(self, Deed::Compensation | Deed::Cancel)
    }

    /// Whether it makes a branch's effect.
    pub const fn takes_effect(self) -> bool {
        matches!(self, Deed::Action | Deed::Confirm)
    }
}

impl fmt::Display for Deed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Deed::Action => "action",
            Deed::Compensation => "compensation",
            Deed::Try => "try",
            Deed::Confirm => "confirm",
            Deed::Cancel => "cancel",
        })
    }
}
