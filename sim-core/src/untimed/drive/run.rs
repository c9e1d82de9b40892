//! The run of a path, once times are known.

use crate::client::{Arrival, Workload};
use crate::fault::{Fault, FaultPlan, Keep, On, Restart, Scripted, Swarm, When};
use crate::latency::Latency;
use crate::monitor::Ending;
use crate::network::{Link, Network};
use crate::node::Node;
use crate::protocol::{Protocol, RequestId};
use crate::random::Stream;
use crate::time::Nanos;
use crate::timed::{Directions, Limits, Outcome, Simulation, Travel, World};
use crate::trace::{Action, Done, Step, Trace};
use crate::untimed::drive::Undriven;
use crate::untimed::drive::plan::{Fails, Plan, Planned};
use crate::untimed::drive::post::{Gone, Sent};
use crate::untimed::follow::{counts, is_same};
use crate::untimed::world::Untimed;

/// Runs a path at these times, and judges it with the monitors of the world.
pub(super) fn run<P: Protocol>(
    (world, untimed): (&World<P>, &Untimed<P>),
    plan: &Plan,
    times: &[Nanos],
    ending: Ending,
) -> (Outcome, Trace, Vec<Node<P>>) {
    let script = plan.faults.iter().map(|fault| scripted(fault, times)).collect();
    let directed = World {
        protocol: world.protocol.clone(),
        workload: Box::new(Nobody),
        arrival: Arrival::AtOnce,
        network: Network::uniform(Link::reliable(Latency::ZERO)),
        sync: Latency::ZERO,
        faults: FaultPlan { script, swarm: Swarm::NONE, healing: Nanos::MAX },
        limits: ENDLESS,
        monitors: Box::new(|_| Vec::new()),
    };
    let mut simulation = Simulation::watched(&directed, (world.monitors)(&world.protocol));
    let directions = directions(untimed, plan, times, ending);
    let (outcome, trace) = simulation.direct(untimed.seed, directions);
    (outcome, trace, simulation.nodes().to_vec())
}

/// Who asks for nothing of its own accord.
struct Nobody;

impl<R> Workload<R> for Nobody {
    fn len(&self) -> u32 {
        0
    }

    fn request(&self, id: RequestId, _: &mut Stream) -> R {
        unreachable!("request {} is told", id.0)
    }
}

/// A path says itself when it ends.
const ENDLESS: Limits = Limits { steps: u64::MAX / 4, stall: u64::MAX / 4 };

fn directions<P: Protocol>(
    untimed: &Untimed<P>,
    plan: &Plan,
    times: &[Nanos],
    ending: Ending,
) -> Directions<P> {
    let travel = |sent: &Sent| match sent.arrives.as_slice() {
        [] => match sent.gone {
            Some(Gone::Lost) => Travel::Lost,
            Some(Gone::Merged) => Travel::Merged,
            None => Travel::Late,
        },
        [once] => Travel::Arrives(times[*once]),
        [first, second, ..] => Travel::Twice(times[*first], times[*second]),
    };
    let travels = |sent: &Vec<Sent>| sent.iter().map(travel).collect();
    let at = |moment: Option<usize>| moment.map_or(Nanos::MAX, |moment| times[moment]);
    let syncs = plan.syncs.iter().map(|syncs| syncs.iter().map(|&sync| at(sync)).collect());
    let answer = |answer: &Option<(usize, u32)>| {
        (at(answer.map(|(moment, _)| moment)), answer.map_or(0, |(_, answer)| answer))
    };
    let request = |&(moment, id): &(usize, RequestId)| {
        (times[moment], id, untimed.requests[id.0 as usize].1.clone())
    };
    Directions {
        sends: plan.post.sent.iter().map(travels).collect(),
        syncs: untimed.bounds.split_sync.then(|| syncs.collect()),
        answers: plan.answers.iter().map(|answers| answers.iter().map(answer).collect()).collect(),
        requests: plan.requests.iter().map(request).collect(),
        kept: plan.kept.iter().map(|kept| kept.iter().copied().collect()).collect(),
        steps: plan.length,
        ending,
    }
}

fn scripted(planned: &Planned, times: &[Nanos]) -> Scripted {
    let at = times[planned.at];
    let span = planned.until.map(|until| times[until].since(at));
    let crash = |host| {
        let restart = span.map_or(Restart::Never, Restart::After);
        Fault::Crash { host, restart, keep: Keep::Any }
    };
    match &planned.what {
        Fails::Host(host) => Scripted { when: When::At(at), fault: crash(*host) },
        Fails::Amid(host, by, nth) => {
            let when = When::Nth { on: On::Effect { by: *by }, nth: *nth, every: false };
            Scripted { when, fault: crash(*host) }
        }
        Fails::Link(from, to) => {
            let (from, to) = (from.clone(), to.clone());
            let fault = Fault::Partition { from, to, both_ways: true, span };
            Scripted { when: When::At(at), fault }
        }
    }
}

/// Whether a run makes the steps of a path, and those of each process in their order. Gives back
/// whether they are in another order all the same.
pub(super) fn compare(path: &Trace, run: &Trace) -> Result<bool, Undriven> {
    let lost = |step: &&Step| !matches!(step.action, Action::Undelivered { why: "lost", .. });
    let more = |step: &&Step| {
        !matches!(step.action, Action::Restart { .. } | Action::Undelivered { why: "crashed", .. })
    };
    let mine: Vec<&Step> = path.steps.iter().filter(lost).collect();
    let theirs: Vec<&Step> = run.steps.iter().filter(more).collect();
    for lane in 0..=path.processes.len() {
        let of_lane = |step: &&&Step| lanes(path, &step.action).contains(&lane);
        let mut others = theirs.iter().filter(of_lane);
        for step in mine.iter().filter(of_lane) {
            let other = others.next();
            if !other.is_some_and(|other| is_like(step, other)) {
                let does = other.map_or("nothing".to_owned(), |o| run.action_text(&o.action));
                let why = format!("the run does `{does}` there");
                return Err(Undriven::unlike(step.index, &why));
            }
        }
        if let Some(other) = others.next() {
            let why = format!("after it the run does `{}`", run.action_text(&other.action));
            let last = mine.iter().rfind(of_lane).map_or(0, |step| step.index);
            return Err(Undriven::unlike(last, &why));
        }
    }
    Ok(!mine.iter().zip(&theirs).all(|(step, other)| is_like(step, other)))
}

/// Whose steps it is one of: processes by number, and after them what concerns everybody.
fn lanes(trace: &Trace, action: &Action) -> Vec<usize> {
    match action {
        Action::Boot { process, .. }
        | Action::Timer { process, .. }
        | Action::Synced { process }
        | Action::Chosen { process, .. }
        | Action::Request { process, .. }
        | Action::Refused { process, .. }
        | Action::Deliver { to: process, .. }
        | Action::Undelivered { to: process, .. } => vec![*process],
        Action::Crash { host, .. }
        | Action::Restart { host }
        | Action::Pause { host, .. }
        | Action::Resume { host }
        | Action::Skew { host, .. } => trace.on(*host).collect(),
        Action::Partition { .. } | Action::Mend | Action::Heal => vec![trace.processes.len()],
    }
}

/// Whether two steps do the same, whatever timers are called.
fn is_like(a: &Step, b: &Step) -> bool {
    let action = match (&a.action, &b.action) {
        (Action::Timer { process, .. }, Action::Timer { process: other, .. }) => process == other,
        (Action::Crash { host, logs }, Action::Crash { host: other, logs: others }) => {
            let full = |logs: &[(usize, usize, usize)]| {
                logs.iter().filter(|log| log.1 > 0).copied().collect::<Vec<_>>()
            };
            host == other && full(logs) == full(others)
        }
        (a, b) => a == b,
    };
    let done = |step: &Step| -> Vec<Done> {
        step.effects.iter().filter(|done| counts(done)).cloned().collect()
    };
    let (mine, theirs) = (done(a), done(b));
    action && mine.len() == theirs.len() && mine.iter().zip(&theirs).all(|(a, b)| is_same(a, b))
}
