//! What the monitors say of a world that stays as it is.

use crate::monitor::{Ending, Finding, Judgement, Rest};
use crate::protocol::Protocol;
use crate::untimed::space::Scene;
use crate::untimed::world::Untimed;

/// The last word of each monitor that has one and has not seen enough before.
pub(crate) struct LastWords {
    /// By monitor.
    pub(crate) judgements: Vec<(usize, Judgement)>,
    /// Monitors whose premise came true by it, a bit each.
    pub(crate) premises: u64,
}

impl LastWords {
    /// Whether nothing is wrong.
    pub(crate) fn are_fine(&self) -> bool {
        self.judgements.iter().all(|(_, judgement)| *judgement == Judgement::Fine)
    }
}

/// Has the monitors judge a state in which the world stays: for nothing can happen there, or with
/// nothing new happening any more.
pub(crate) fn judge<P: Protocol>(
    world: &Untimed<P>,
    scene: &Scene<'_, P>,
    ending: Ending,
) -> LastWords {
    let mut reports = Vec::new();
    let mut say = Vec::new();
    for local in &scene.locals {
        if let Some(state) = local.node.state() {
            let me = local.node.id();
            world.protocol.report(me, state, &mut say);
            reports.extend(say.drain(..).map(|note| (me, note)));
        }
    }
    let down: Vec<bool> = scene.locals.iter().map(|local| local.is_down()).collect();
    let rest = Rest {
        reports: &reports,
        down: &down,
        ending,
        disturbed: scene.tally.left != world.bounds.budgets,
        topology: world.topology(),
    };
    let mut words = LastWords { judgements: Vec::new(), premises: 0 };
    for (index, monitor) in scene.watch.monitors.iter().enumerate() {
        if !monitor.judges_rest() || scene.watch.violated >> index & 1 != 0 {
            continue;
        }
        let mut monitor = monitor.clone();
        let before = monitor.premises();
        words.judgements.push((index, monitor.at_rest(&rest)));
        if monitor.premises() > before {
            words.premises |= 1 << index;
        }
    }
    words
}

/// What is wrong where a world stays that cannot settle any more; never nothing.
pub(crate) fn wrong<P: Protocol>(
    world: &Untimed<P>,
    scene: &Scene<'_, P>,
    ending: Ending,
) -> Vec<(usize, Finding)> {
    let mut wrong: Vec<(usize, Finding)> = Vec::new();
    for (monitor, judgement) in judge(world, scene, ending).judgements {
        match judgement {
            Judgement::Fine => {}
            Judgement::Violated(finding) => wrong.push((monitor, finding)),
            Judgement::Unknown(why) => {
                wrong.push((monitor, Finding::new(format!("livelock: {why}"))));
            }
        }
    }
    if wrong.is_empty() {
        let judges = world.watch.monitors.iter().position(|m| m.judges_rest());
        let monitor = judges.expect("else liveness is not asked for");
        wrong.push((monitor, Finding::new("livelock: messages never cease to be in flight")));
    }
    wrong
}
