//! A protocol small enough to know by heart: one asks, the other answers, and answers again
//! whatever was asked twice.

use std::fmt;

use dtxsim_core::client::Arrival;
use dtxsim_core::fault::{Fault, FaultPlan, Keep, On, Restart, Scripted, Swarm, When};
use dtxsim_core::latency::Latency;
use dtxsim_core::monitor::{Ending, Finding, Judgement, Monitor, Rest, Seen, Wait};
use dtxsim_core::network::{Link, Network};
use dtxsim_core::timed::{Limits, Monitors, World};
use dtxsim_core::{
    Event, Interval, Kinds, Nanos, Outbox, ProcessId, Protocol, RequestId, Topology,
};

/// A word of the protocol, whatever it is used for.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub(crate) struct Word(pub(crate) usize, pub(crate) u32);

pub(crate) const WORDS: &[&str] = &["ask", "answer", "took", "retry", "done", "request"];
const ASK: usize = 0;
const ANSWER: usize = 1;
const TOOK: usize = 2;
const RETRY: usize = 3;
const DONE: usize = 4;

impl Kinds for Word {
    const KINDS: &'static [&'static str] = WORDS;

    fn kind(&self) -> usize {
        self.0
    }
}

impl fmt::Display for Word {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}({})", WORDS[self.0], self.1)
    }
}

#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub(crate) struct Ping(pub(crate) Topology);

const ASKER: ProcessId = ProcessId(0);
const ANSWERER: ProcessId = ProcessId(1);

impl Protocol for Ping {
    type State = ();
    type Message = Word;
    type Timer = Word;
    type Record = Word;
    type Request = Word;
    type Note = Word;

    const INTERVALS: &'static [&'static str] = &["open"];

    fn topology(&self) -> &Topology {
        &self.0
    }

    fn boot(&self, _: ProcessId, _: &[Word], _: &mut Outbox<Self>) {}

    fn step(&self, _: ProcessId, (): &mut (), event: Event<Self>, out: &mut Outbox<Self>) {
        match event {
            Event::Request { id, .. } => {
                out.send(ANSWERER, Word(ASK, id.0));
                out.set_timer(Word(RETRY, id.0));
            }
            Event::Timer(Word(_, id)) => {
                out.send(ANSWERER, Word(ASK, id));
                out.set_timer(Word(RETRY, id));
            }
            Event::Message { message: Word(ASK, id), .. } => {
                out.force(Word(TOOK, id));
                out.note(Word(TOOK, id));
                out.send(ASKER, Word(ANSWER, id));
            }
            Event::Message { message: Word(_, id), .. } => {
                out.cancel_timer(Word(RETRY, id));
                out.note(Word(DONE, id));
            }
            Event::Chosen(_) => unreachable!("nothing is chosen"),
        }
    }

    fn delay(&self, _: &Word) -> Nanos {
        Nanos::from_millis(10)
    }

    fn report(&self, _: ProcessId, (): &(), _: &mut Vec<Word>) {}

    fn door(&self, _: &Word) -> ProcessId {
        ASKER
    }

    fn answers(note: &Word) -> Option<RequestId> {
        (note.0 == DONE).then_some(RequestId(note.1))
    }

    fn intervals(note: &Word) -> [Option<Interval>; 2] {
        let edge = || Interval { name: 0, subject: u64::from(note.1), opens: note.0 == TOOK };
        [[TOOK, DONE].contains(&note.0).then(edge), None]
    }
}

/// Nothing is taken twice.
#[derive(Clone, PartialEq, Eq, Hash, Default)]
struct Once {
    taken: Vec<u32>,
}

impl Monitor<Word> for Once {
    fn name(&self) -> &'static str {
        "once"
    }

    fn interest(&self) -> u64 {
        1 << TOOK
    }

    fn observe(&mut self, seen: &Seen<'_, Word>, topology: &Topology) -> Option<Finding> {
        let Seen::Note { by, note } = seen else { return None };
        let again = self.taken.contains(&note.1);
        self.taken.push(note.1);
        let who = topology.name(*by);
        again.then(|| Finding::new(format!("{who} has taken request {} twice", note.1)))
    }

    fn premises(&self) -> u64 {
        self.taken.len() as u64
    }

    fn reset(&mut self) {
        self.taken.clear();
    }
}

/// In the end all is answered.
#[derive(Clone, PartialEq, Eq, Hash, Default)]
struct Answered {
    done: u64,
}

impl Monitor<Word> for Answered {
    fn name(&self) -> &'static str {
        "answered"
    }

    fn interest(&self) -> u64 {
        1 << DONE
    }

    fn observe(&mut self, _: &Seen<'_, Word>, _: &Topology) -> Option<Finding> {
        self.done += 1;
        None
    }

    fn judges_rest(&self) -> bool {
        true
    }

    fn at_rest(&mut self, rest: &Rest<'_, Word>) -> Judgement {
        match rest.ending {
            Ending::OutOfSteps | Ending::Interrupted => Judgement::Unknown("cut off".to_owned()),
            Ending::Quiet | Ending::Stalled if self.done > 0 => Judgement::Fine,
            Ending::Quiet | Ending::Stalled => {
                let wait = Wait {
                    process: rest.topology.name(ASKER).to_owned(),
                    waits_for: rest.topology.name(ANSWERER).to_owned(),
                    down: rest.down[1],
                    subject: "request 0".to_owned(),
                    holding: vec!["its breath".to_owned()],
                };
                let summary = "nobody answers request 0".to_owned();
                Judgement::Violated(Finding { summary, waits: vec![wait] })
            }
        }
    }

    fn premises(&self) -> u64 {
        self.done
    }

    fn reset(&mut self) {
        self.done = 0;
    }
}

/// A calm world with one request.
pub(crate) fn calm() -> World<Ping> {
    let mut topology = Topology::default();
    topology.add("asker", "client");
    topology.add("answerer", "server");
    let monitors = |_: &Ping| -> Monitors<Ping> {
        vec![Box::new(Once::default()), Box::new(Answered::default())]
    };
    World {
        protocol: Ping(topology),
        workload: Box::new(vec![Word(5, 0)]),
        arrival: Arrival::AtOnce,
        network: Network::uniform(Link::reliable(Latency::Uniform {
            low: Nanos::from_millis(1),
            high: Nanos::from_millis(2),
        })),
        sync: Latency::Constant(Nanos::from_millis(1)),
        faults: FaultPlan::NONE,
        limits: Limits::DEFAULT,
        monitors: Box::new(monitors),
    }
}

fn scripted(kind: usize, nth: u32, every: bool, fault: Fault) -> World<Ping> {
    let on = On::Sent { kind, from: None, to: None };
    let script = vec![Scripted { when: When::Nth { on, nth, every }, fault }];
    let mut world = calm();
    world.faults = FaultPlan { script, swarm: Swarm::NONE, healing: Nanos::from_millis(100) };
    world
}

/// The first answers are lost, so the answerer takes the request again.
pub(crate) fn losing(answers: u32) -> World<Ping> {
    let mut world = scripted(ANSWER, 1, false, Fault::Drop);
    let first = world.faults.script[0].clone();
    for nth in 2..=answers {
        let on = On::Sent { kind: ANSWER, from: None, to: None };
        let when = When::Nth { on, nth, every: false };
        world.faults.script.push(Scripted { when, ..first.clone() });
    }
    world
}

/// The answerer dies for good when it is asked.
pub(crate) fn dying() -> World<Ping> {
    let host = calm().protocol.0.host(ANSWERER);
    let fault = Fault::Crash { host, restart: Restart::Never, keep: Keep::Nothing };
    scripted(ASK, 1, false, fault)
}

/// A crash that never comes, for nobody answers that often.
pub(crate) fn idle() -> World<Ping> {
    let host = calm().protocol.0.host(ANSWERER);
    let fault = Fault::Crash { host, restart: Restart::AtHealing, keep: Keep::Nothing };
    let mut world = scripted(ANSWER, 5, false, fault);
    let when = When::At(Nanos::from_millis(50));
    let fault = Fault::Pause { host, span: Nanos::from_millis(1) };
    world.faults.script.push(Scripted { when, fault });
    world
}
