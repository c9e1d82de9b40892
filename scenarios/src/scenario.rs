use std::ops::Range;

use dtxsim_core::untimed::Bounds;
use dtxsim_protocols::Setup;
use dtxsim_protocols::properties::Property;

use crate::decode::defaults::checked_by_default;
use crate::diagnostic::Diagnostic;
use crate::digest::digest;
use crate::explore::Explore;
use crate::source::Source;
use crate::{decode, syntax};

/// A scenario that can be run.
#[derive(Clone, Debug)]
pub struct Scenario {
    /// What it is called: as the file says, else as the file is called.
    pub name: String,
    /// What it is about, in the author's words; may be empty.
    pub about: String,
    /// What is run.
    pub mode: Mode,
    /// The verdict that its author expects.
    pub expect: Expect,
    /// What an exploration of it must exercise, by name; nothing in another mode.
    pub required: Vec<String>,
    /// The fingerprint of what it means: of all that a seed's run depends on, or a path of an
    /// exploration, and of nothing else. Comments, layout, name, description, properties, seeds and
    /// expectation are left out; so are, of an exploration, its order, its caps, and what is
    /// required of it.
    pub digest: u64,
    setup: Setup,
    /// Whether it says itself what is checked.
    is_checked: bool,
}

/// What is run of a world.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Mode {
    /// One run for each of these seeds.
    Seeds(Range<u64>),
    /// Every interleaving within bounds.
    Explore(Explore),
}

/// What the author of a scenario expects.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Expect {
    /// All that is checked holds.
    Holds,
    /// These are violated, and nothing else is.
    Violates(Vec<Property>),
    /// Something never came to be judged, or a fault never took effect.
    Vacuous,
    /// A bound is hit before an answer.
    Inconclusive,
}

impl Scenario {
    pub(crate) fn new(
        (name, about): (String, String),
        setup: Setup,
        is_checked: bool,
        (mode, expect): (Mode, Expect),
    ) -> Scenario {
        let digest = digest(&setup, &mode);
        let required = Vec::new();
        Scenario { name, about, mode, expect, required, digest, setup, is_checked }
    }

    /// The same in another mode. If it does not say itself what is checked, that is what can come
    /// to be judged there.
    pub fn in_mode(self, mode: Mode) -> Scenario {
        let Scenario { name, about, expect, required, mut setup, is_checked, .. } = self;
        if !is_checked {
            let Setup { choice, business, surroundings, .. } = &setup;
            let (of_protocol, swarm) = (choice.properties(), &surroundings.faults.swarm);
            let asked = (business, choice.order());
            setup.check = checked_by_default(of_protocol, asked, Some(swarm), Some(&mode));
        }
        let scenario = Scenario::new((name, about), setup, is_checked, (mode, expect));
        Scenario { required, ..scenario }
    }

    /// The same as the world of paths within these bounds, to judge one that violates a property
    /// of this name: all that this scenario checks, be it run or explored, and that.
    pub fn of_paths(&self, bounds: Bounds, property: &str) -> Scenario {
        let mode = Mode::Explore(Explore { bounds, ..Explore::default() });
        let mut scenario = self.clone().in_mode(mode);
        let checked = self.setup.check.iter().chain(&scenario.setup.check);
        let wanted: Vec<Property> = checked.copied().collect();
        let is_wanted = |known: &Property| wanted.contains(known) || known.name() == property;
        scenario.setup.check = Property::ALL.into_iter().filter(is_wanted).collect();
        scenario
    }

    /// What to build the world from.
    pub fn setup(&self) -> Setup {
        self.setup.clone()
    }
}

/// Reads a scenario.
///
/// # Errors
/// All that is wrong with it, in the order of the text; at least one thing. What is not RON at all
/// is one error only.
pub fn parse(source: &Source) -> Result<Scenario, Vec<Diagnostic>> {
    if source.text.len() as u64 > Source::LARGEST {
        return Err(vec![Diagnostic::new("this text is too large for a scenario")]);
    }
    let tree = syntax::read(&source.text).map_err(|diagnostic| vec![diagnostic])?;
    decode::scenario(source, &tree)
}
