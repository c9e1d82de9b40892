use dtxsim_core::untimed::Tactic;

/// Random walks through a world, instead of all of it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Walk {
    /// Who chooses.
    pub tactics: Tactics,
    /// So many walks.
    pub walks: u64,
    /// Of so many steps at most, before faults stop.
    pub steps: u32,
    /// The seed of the first walk.
    pub seed: u64,
}

/// Some tactics, in the order of [`Tactic::ALL`]; at least one.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Tactics([bool; Tactic::ALL.len()]);

impl Default for Walk {
    fn default() -> Self {
        Walk { tactics: Tactics::PORTFOLIO, walks: 10_000, steps: 200, seed: 0 }
    }
}

impl Walk {
    /// The most walks that may be asked for.
    pub const WALKS_MAX: u64 = 1_000_000_000;

    /// The most steps that a walk may have.
    pub const STEPS_MAX: u32 = 5_000;
}

impl Tactics {
    /// All of them.
    pub const PORTFOLIO: Tactics = Tactics([true; Tactic::ALL.len()]);

    /// None for none.
    pub fn new(tactics: &[Tactic]) -> Option<Tactics> {
        let chosen = Tactic::ALL.map(|tactic| tactics.contains(&tactic));
        (!tactics.is_empty()).then_some(Tactics(chosen))
    }

    /// All of these.
    pub fn list(&self) -> Vec<Tactic> {
        let chosen = Tactic::ALL.into_iter().zip(self.0);
        chosen.filter(|(_, is_chosen)| *is_chosen).map(|(tactic, _)| tactic).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tactics_are_a_set() {
        let some = [Tactic::Delays, Tactic::Random, Tactic::Delays];
        let set = Tactics::new(&some).expect("there are some");
        assert_eq!(set.list(), [Tactic::Random, Tactic::Delays]);
        assert_eq!(Tactics::new(&Tactic::ALL), Some(Tactics::PORTFOLIO));
        assert_eq!(Tactics::new(&[]), None);
    }
}
