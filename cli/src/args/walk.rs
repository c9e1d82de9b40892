use clap::{Args, ValueEnum};
use dtxsim_core::untimed;
use dtxsim_scenarios::{Explore, Tactics, Walk};

use super::Within;

/// Random walks.
#[derive(Args, Debug, Default)]
#[command(next_help_heading = "Random walks, for what is too large to be explored")]
pub(crate) struct Walks {
    /// Take random walks instead; several tactics, with commas between them, take turns [default
    /// tactic: portfolio]
    #[arg(long, value_enum, value_name = "TACTIC", value_delimiter = ',', num_args = 0..=1)]
    #[arg(default_missing_value = "portfolio")]
    pub(crate) walk: Option<Vec<Tactic>>,
    /// Explore although the scenario asks for walks
    #[arg(long, conflicts_with_all = ["walk", "walks", "steps", "seed"])]
    pub(crate) no_walk: bool,
    /// So many walks [default: 10000]
    #[arg(long, value_name = "N")]
    #[arg(value_parser = clap::value_parser!(u64).range(1..=Walk::WALKS_MAX))]
    pub(crate) walks: Option<u64>,
    /// Of so many steps at most; then faults stop, and it goes on until it rests [default: 200]
    #[arg(long, value_name = "N")]
    #[arg(value_parser = clap::value_parser!(u32).range(1..=i64::from(Walk::STEPS_MAX)))]
    pub(crate) steps: Option<u32>,
    /// The seed of the first walk; each other has the next [default: 0]
    #[arg(long, value_name = "N")]
    #[arg(value_parser = clap::value_parser!(u64).range(..=u64::MAX - Walk::WALKS_MAX))]
    pub(crate) seed: Option<u64>,
}

#[derive(ValueEnum, Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Tactic {
    /// All of them in turn
    Portfolio,
    /// Each thing that can happen is as likely as any other
    Random,
    /// Chains of causes in a random order, changed at a few random points
    Pctcp,
    /// Each event has a random priority, drawn anew when it loses a race
    Pos,
    /// Processes take turns, and a few random ones are passed over
    Delay,
    /// Goes on from where earlier walks came to something new
    Coverage,
}

impl Tactic {
    fn all(self) -> Vec<untimed::Tactic> {
        match self {
            Tactic::Portfolio => untimed::Tactic::ALL.to_vec(),
            Tactic::Random => vec![untimed::Tactic::Random],
            Tactic::Pctcp => vec![untimed::Tactic::Chains],
            Tactic::Pos => vec![untimed::Tactic::PartialOrder],
            Tactic::Delay => vec![untimed::Tactic::Delays],
            Tactic::Coverage => vec![untimed::Tactic::Coverage],
        }
    }

    fn name(self) -> String {
        self.to_possible_value().map_or(String::new(), |value| value.get_name().to_owned())
    }
}

impl Walks {
    /// Changes what it speaks of, or says why that makes no sense.
    pub(crate) fn apply(&self, explore: &mut Explore, within: &Within) -> Result<(), String> {
        if self.no_walk {
            explore.walk = None;
        }
        if let Some(tactics) = &self.walk {
            let tactics: Vec<_> = tactics.iter().flat_map(|tactic| tactic.all()).collect();
            let mut walk = explore.walk.unwrap_or_default();
            walk.tactics = Tactics::new(&tactics).unwrap_or(Tactics::PORTFOLIO);
            explore.walk = Some(walk);
        }
        let of_search = [
            ("--order", within.order.is_some()),
            ("--fingerprints", within.fingerprints),
            ("--states", within.states.is_some()),
            ("--memory", within.memory.is_some()),
            ("--reduce", !within.reduce.is_empty()),
        ];
        let of_walks = [
            ("--walks", self.walks.is_some()),
            ("--steps", self.steps.is_some()),
            ("--seed", self.seed.is_some()),
        ];
        let given = |options: &[(&'static str, bool)]| {
            options.iter().find(|(_, given)| *given).map(|&(option, _)| option)
        };
        match &mut explore.walk {
            Some(walk) => {
                if let Some(option) = given(&of_search) {
                    let help = "leave it out, or explore: without `--walk`, or with `--no-walk`";
                    return Err(format!("random walks have no use for `{option}`\nhelp: {help}"));
                }
                walk.walks = self.walks.unwrap_or(walk.walks);
                walk.steps = self.steps.unwrap_or(walk.steps);
                walk.seed = self.seed.unwrap_or(walk.seed);
                Ok(())
            }
            None => given(&of_walks).map_or(Ok(()), |option| {
                let help = "add `--walk` to take some";
                Err(format!("`{option}` is for random walks\nhelp: {help}"))
            }),
        }
    }

    /// The same as options, each as it could have been typed.
    pub(crate) fn options(&self) -> Vec<String> {
        let tactics = self.walk.as_ref().map(|tactics| {
            let names: Vec<String> = tactics.iter().map(|tactic| tactic.name()).collect();
            format!("--walk {}", names.join(","))
        });
        let all = [
            tactics,
            self.no_walk.then(|| "--no-walk".to_owned()),
            self.walks.map(|walks| format!("--walks {walks}")),
            self.steps.map(|steps| format!("--steps {steps}")),
            self.seed.map(|seed| format!("--seed {seed}")),
        ];
        all.into_iter().flatten().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_tactic_goes_by_its_name() {
        for tactic in untimed::Tactic::ALL {
            let typed = Tactic::from_str(tactic.name(), false).expect("it can be typed");
            assert_eq!(typed.all(), [tactic]);
        }
        assert_eq!(Tactic::Portfolio.all(), untimed::Tactic::ALL);
    }

    #[test]
    fn what_is_asked_for_takes_precedence_and_can_be_typed_again() {
        let mut explore = Explore::default();
        let walks = Walks {
            walk: Some(vec![Tactic::Pos, Tactic::Random]),
            steps: Some(7),
            ..Walks::default()
        };
        walks.apply(&mut explore, &Within::default()).expect("it makes sense");
        let walk = explore.walk.expect("walks are wanted");
        assert_eq!((walk.steps, walk.walks), (7, Walk::default().walks));
        let wanted = [untimed::Tactic::Random, untimed::Tactic::PartialOrder];
        assert_eq!(walk.tactics.list(), wanted);
        assert_eq!(walks.options(), ["--walk pos,random", "--steps 7"]);
        let none = Walks { no_walk: true, ..Walks::default() };
        none.apply(&mut explore, &Within::default()).expect("it makes sense");
        assert_eq!((explore.walk, none.options()), (None, vec!["--no-walk".to_owned()]));
    }

    #[test]
    fn options_of_the_one_are_of_no_use_to_the_other() {
        let some = Walks { seed: Some(1), ..Walks::default() };
        let error = some.apply(&mut Explore::default(), &Within::default());
        assert!(error.is_err_and(|text| text.contains("add `--walk`")));
        let walk = Walks { walk: Some(vec![Tactic::Portfolio]), ..Walks::default() };
        let states = Within { states: Some(7), ..Within::default() };
        let error = walk.apply(&mut Explore::default(), &states);
        assert!(error.is_err_and(|text| text.contains("no use for `--states`")));
    }
}
