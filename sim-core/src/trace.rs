//! What happened, step by step: the typed record of one run.
//!
//! A trace is recorded only where somebody will look at it; every run, recorded or not, computes
//! the same fingerprint chain.

use std::fmt;

use serde::Serialize;

use crate::time::Nanos;
use crate::topology::Topology;

/// One run, as recorded.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize)]
pub struct Trace {
    /// Process names, by process number.
    pub processes: Vec<String>,
    /// Roles, by process number.
    pub roles: Vec<&'static str>,
    /// Where each runs, by process number: host numbers.
    pub homes: Vec<usize>,
    /// Host names, by host number.
    pub hosts: Vec<String>,
    /// Whether there was a clock: in a world without one, steps have numbers but no times.
    pub timed: bool,
    /// What happened, in order.
    pub steps: Vec<Step>,
}

/// One step: something happened, and these were its effects.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Step {
    /// Its number, from zero.
    pub index: u64,
    /// Virtual time.
    pub at: Nanos,
    /// The step that sent the message that is delivered here.
    pub cause: Option<u64>,
    /// What happened.
    pub action: Action,
    /// What the process did about it, in order.
    pub effects: Vec<Done>,
    /// The fingerprint chain after this step.
    pub chain: u64,
    /// A short name of the action, without its time: the choice that a schedule made here.
    pub mark: u16,
}

/// What can happen. Numbers are process or host numbers.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Action {
    /// A process starts, or recovers from so many records.
    Boot {
        /// Who.
        process: usize,
        /// Whether it recovers from a crash.
        again: bool,
        /// How many records its log holds.
        records: usize,
    },
    /// A message arrives.
    Deliver {
        /// From.
        from: usize,
        /// To.
        to: usize,
        /// The message.
        message: String,
    },
    /// A message arrives where nobody takes it, or does not get there.
    Undelivered {
        /// From.
        from: usize,
        /// To.
        to: usize,
        /// The message.
        message: String,
        /// Why.
        why: &'static str,
    },
    /// A timer runs out.
    Timer {
        /// Whose.
        process: usize,
        /// Which.
        timer: String,
    },
    /// A sync is complete.
    Synced {
        /// Whose.
        process: usize,
    },
    /// A choice is answered.
    Chosen {
        /// Whose.
        process: usize,
        /// The answer.
        answer: u32,
    },
    /// A client's request arrives.
    Request {
        /// Whom it asks.
        process: usize,
        /// What for.
        request: String,
    },
    /// A client's request finds nobody.
    Refused {
        /// Whom it asks.
        process: usize,
        /// What for.
        request: String,
    },
    /// A host crashes.
    Crash {
        /// Which.
        host: usize,
        /// Of each process on it: process number, unsynced records, how many of them survive.
        logs: Vec<(usize, usize, usize)>,
    },
    /// A host comes back.
    Restart {
        /// Which.
        host: usize,
    },
    /// A host stands still.
    Pause {
        /// Which.
        host: usize,
        /// For how long.
        span: Nanos,
    },
    /// A host goes on.
    Resume {
        /// Which.
        host: usize,
    },
    /// Links are cut.
    Partition {
        /// From any of these hosts ...
        from: Vec<usize>,
        /// ... to any of these.
        to: Vec<usize>,
        /// Whether both directions are cut.
        both_ways: bool,
    },
    /// Cut links are open again.
    Mend,
    /// A host's timers change their speed.
    Skew {
        /// Whose.
        host: usize,
        /// How many times as long they take, as a ratio.
        stretch: String,
    },
    /// The safety phase is over: all faults end.
    Heal,
}

/// An effect, as it happened.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Done {
    /// A record was appended.
    Appended(String),
    /// A sync began.
    Syncing,
    /// So many records became durable.
    Durable(usize),
    /// A message left.
    Sent {
        /// To whom.
        to: usize,
        /// The message.
        message: String,
        /// What becomes of it.
        fate: Fated,
    },
    /// A timer was set.
    Armed {
        /// Which.
        timer: String,
        /// For how long.
        span: Nanos,
    },
    /// A choice was asked for.
    Asked(u32),
    /// A note was made.
    Noted(String),
    /// The process crashed here, before its next effect.
    CutShort,
    /// A property was found violated: its name and what is wrong.
    Violated(&'static str, String),
}

/// What the network does with a message.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Fated {
    /// It never leaves the host: free and instant.
    Local,
    /// It is under way; in a world without time nobody can say for how long.
    InFlight,
    /// It arrives at that time.
    Arrives(Nanos),
    /// It arrives twice.
    Doubled(Nanos, Nanos),
    /// It is lost.
    Lost,
    /// A partition stops it.
    Cut,
}

impl Action {
    /// The process that acts, if it is one process' step.
    pub fn actor(&self) -> Option<usize> {
        match self {
            Action::Boot { process, .. }
            | Action::Timer { process, .. }
            | Action::Synced { process }
            | Action::Chosen { process, .. }
            | Action::Request { process, .. }
            | Action::Deliver { to: process, .. } => Some(*process),
            Action::Undelivered { .. }
            | Action::Refused { .. }
            | Action::Crash { .. }
            | Action::Restart { .. }
            | Action::Pause { .. }
            | Action::Resume { .. }
            | Action::Partition { .. }
            | Action::Mend
            | Action::Skew { .. }
            | Action::Heal => None,
        }
    }
}

struct List<'a>(&'a [usize], &'a [String]);

impl fmt::Display for List<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (n, &index) in self.0.iter().enumerate() {
            write!(f, "{}{}", if n == 0 { "" } else { ", " }, self.1[index])?;
        }
        Ok(())
    }
}

impl Trace {
    /// The record of a run in time of which nothing has happened yet.
    pub fn of(topology: &Topology) -> Trace {
        Trace {
            processes: topology.processes.iter().map(|p| p.name.clone()).collect(),
            roles: topology.processes.iter().map(|p| p.role).collect(),
            homes: topology.processes.iter().map(|p| p.host.index()).collect(),
            hosts: topology.hosts.clone(),
            timed: true,
            steps: Vec::new(),
        }
    }

    /// The processes of a host, in order.
    pub fn on(&self, host: usize) -> impl Iterator<Item = usize> {
        let homes = self.homes.iter().enumerate();
        homes.filter(move |(_, home)| **home == host).map(|(process, _)| process)
    }

    /// The stable text of an action: one line, names instead of numbers.
    pub fn action_text(&self, action: &Action) -> String {
        let (p, h) = (&self.processes, &self.hosts);
        match action {
            Action::Boot { process, again: false, .. } => format!("{} starts", p[*process]),
            Action::Boot { process, again: true, records } => {
                format!("{} recovers; its log holds {records} records", p[*process])
            }
            Action::Deliver { from, to, message } => {
                format!("{} -> {}: {message}", p[*from], p[*to])
            }
            Action::Undelivered { from, to, message, why } => {
                format!("{} -x {}: {message} ({why})", p[*from], p[*to])
            }
            Action::Timer { process, timer } => format!("{}: timer {timer}", p[*process]),
            Action::Synced { process } => format!("{}: log is durable", p[*process]),
            Action::Chosen { process, answer } => format!("{}: choice {answer}", p[*process]),
            Action::Request { process, request } => format!("client -> {}: {request}", p[*process]),
            Action::Refused { process, request } => {
                format!("client -x {}: {request} (down)", p[*process])
            }
            Action::Crash { host, logs } => {
                let mut text = format!("{} crashes", h[*host]);
                for &(process, unsynced, kept) in logs {
                    if unsynced > 0 {
                        text += &format!(
                            "; of {} unsynced records of {} {kept} survive",
                            unsynced, p[process]
                        );
                    }
                }
                text
            }
            Action::Restart { host } => format!("{} restarts", h[*host]),
            Action::Pause { host, span } => format!("{} stands still for {span}", h[*host]),
            Action::Resume { host } => format!("{} goes on", h[*host]),
            Action::Partition { from, to, both_ways } => {
                let arrow = if *both_ways { "<-/->" } else { "-/->" };
                format!("partition: {} {arrow} {}", List(from, h), List(to, h))
            }
            Action::Mend => "partition ends".to_owned(),
            Action::Skew { host, stretch } => {
                format!("timers of {} take {stretch} times as long", h[*host])
            }
            Action::Heal => "all faults end".to_owned(),
        }
    }

    /// The stable text of an effect.
    pub fn effect_text(&self, done: &Done) -> String {
        let p = &self.processes;
        match done {
            Done::Appended(record) => format!("log {record}"),
            Done::Syncing => "sync".to_owned(),
            Done::Durable(1) => "1 record durable".to_owned(),
            Done::Durable(count) => format!("{count} records durable"),
            Done::Sent { to, message, fate } => {
                let to = &p[*to];
                match fate {
                    Fated::Local => format!("send {message} to {to} (same host)"),
                    Fated::InFlight => format!("send {message} to {to}"),
                    Fated::Arrives(at) => format!("send {message} to {to} (arrives {at})"),
                    Fated::Doubled(at, copy) => {
                        format!("send {message} to {to} (arrives {at} and again {copy})")
                    }
                    Fated::Lost => format!("send {message} to {to} (lost)"),
                    Fated::Cut => format!("send {message} to {to} (stopped by a partition)"),
                }
            }
            Done::Armed { timer, span } => format!("set timer {timer} for {span}"),
            Done::Asked(options) => format!("choose one of {options}"),
            Done::Noted(note) => format!("note {note}"),
            Done::CutShort => "crashes before its next effect".to_owned(),
            Done::Violated(property, summary) => format!("VIOLATED {property}: {summary}"),
        }
    }
}

impl fmt::Display for Trace {
    /// One line a step, its effects indented below.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for step in &self.steps {
            writeln!(f, "{:>4} {:>14} {}", step.index, step.at, self.action_text(&step.action))?;
            for done in &step.effects {
                writeln!(f, "{:>22}{}", "", self.effect_text(done))?;
            }
        }
        Ok(())
    }
}
