//! What there is to draw of a trace, before anything has a place.

use dtxsim_core::Nanos;
use dtxsim_core::trace::Trace;

use super::director::Director;
use crate::focus::Focus;
use crate::fold::Weight;

/// Whose a lifeline is.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) enum Who {
    Client,
    Process(usize),
}

/// How somebody lives from there on.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Life {
    Up,
    Still,
    Down,
}

/// What a lifeline shows where something is said.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Mark {
    Start,
    Crash,
    Logs,
    Forces,
    Durable,
    Timer,
    Choice,
    Sends,
    Says,
    /// The lifeline itself.
    Lives,
    /// The lifeline itself, beside the rest of what did not fit in a line.
    More,
}

/// A text at a lifeline.
pub(super) struct Said {
    pub(super) mark: Mark,
    pub(super) text: String,
}

/// A part of a step.
pub(super) enum Item {
    Turn(Vec<Who>, Life),
    /// First starts, without a word.
    Starts(Vec<Who>),
    Arrow {
        from: Who,
        to: Who,
        label: String,
        arrives: bool,
    },
    /// All of them are marked; the texts stand at the first.
    Notes {
        at: Vec<Who>,
        said: Vec<Said>,
    },
    /// Concerns all.
    Band(String),
    Violation(String),
    /// Concerns nobody who has a lifeline.
    Text(String),
    Gap(usize),
}

/// A step, or several first starts, or steps that are left out.
pub(super) struct Scene {
    /// From this step to that.
    pub(super) steps: Option<(u64, u64)>,
    pub(super) at: Nanos,
    pub(super) weight: Weight,
    pub(super) items: Vec<Item>,
}

impl Scene {
    fn gap(steps: usize) -> Scene {
        let items = vec![Item::Gap(steps)];
        Scene { steps: None, at: Nanos::ZERO, weight: Weight::Gap, items }
    }

    /// Takes another one in if both are nothing but first starts at one time.
    fn absorb(&mut self, other: &Scene) -> bool {
        let (Some(mine), Some(its)) = (&mut self.steps, other.steps) else { return false };
        let ([Item::Turn(up, _), Item::Starts(all)], [Item::Turn(..), Item::Starts(more)]) =
            (&mut self.items[..], &other.items[..])
        else {
            return false;
        };
        if self.at != other.at {
            return false;
        }
        mine.1 = its.1;
        self.weight = self.weight.max(other.weight);
        up.extend(more);
        all.extend(more);
        true
    }
}

/// The steps of a trace that are worth showing.
pub(super) fn scenes(trace: &Trace, violation: Option<u64>, ascii: bool) -> Vec<Scene> {
    let focus = Focus::new(trace, violation);
    let chosen = focus.chosen(trace);
    let mut director = Director::new(trace, &chosen, ascii);
    let (mut scenes, mut left_out) = (Vec::<Scene>::new(), 0);
    let mut between = Vec::new();
    for (index, step) in trace.steps.iter().enumerate() {
        let mut items = director.direct(index);
        if !chosen.contains(&index) {
            // Who dies unseen is dead all the same.
            items.retain(|item| matches!(item, Item::Turn(..)));
            between.append(&mut items);
            left_out += 1;
            continue;
        }
        if left_out > 0 {
            let mut gap = Scene::gap(std::mem::take(&mut left_out));
            gap.items.append(&mut between);
            scenes.push(gap);
        }
        let (steps, weight) = (Some((step.index, step.index)), focus.weight(trace, index));
        let scene = Scene { steps, at: step.at, weight, items };
        if !scenes.last_mut().is_some_and(|last| last.absorb(&scene)) {
            scenes.push(scene);
        }
    }
    if left_out > 0 {
        scenes.push(Scene::gap(left_out));
    }
    scenes
}
