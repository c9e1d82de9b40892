//! Faults by name, as a reader of the scenario knows them.

use dtxsim_core::fault::{Fault, On, Scripted, When};
use dtxsim_core::{HostId, ProcessId, Topology};

/// The names of a protocol's kinds, which triggers refer to by number.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Words<'a> {
    /// Message kinds.
    pub messages: &'a [&'a str],
    /// Record kinds.
    pub records: &'a [&'a str],
    /// Note kinds.
    pub notes: &'a [&'a str],
}

/// A name for each fault of a script, such as `crash of coordinator when commit is sent (#1)`.
/// Faults are counted from one.
pub fn script_names(script: &[Scripted], topology: &Topology, words: Words<'_>) -> Vec<String> {
    let namer = Namer { topology, words };
    let name = |(index, scripted): (usize, &Scripted)| {
        let (fault, when) = (namer.fault(&scripted.fault), namer.when(&scripted.when));
        format!("{fault} {when} (#{})", index + 1)
    };
    script.iter().enumerate().map(name).collect()
}

struct Namer<'a> {
    topology: &'a Topology,
    words: Words<'a>,
}

impl Namer<'_> {
    fn host(&self, host: HostId) -> &str {
        self.topology.hosts.get(host.index()).map_or("?", String::as_str)
    }

    fn hosts(&self, hosts: &[HostId]) -> String {
        hosts.iter().map(|&host| self.host(host)).collect::<Vec<_>>().join(", ")
    }

    fn fault(&self, fault: &Fault) -> String {
        match fault {
            Fault::Crash { host, .. } => format!("crash of {}", self.host(*host)),
            Fault::Pause { host, .. } => format!("pause of {}", self.host(*host)),
            Fault::Partition { from, to, both_ways, .. } => {
                let arrow = if *both_ways { "<-/->" } else { "-/->" };
                format!("partition {} {arrow} {}", self.hosts(from), self.hosts(to))
            }
            Fault::Drop => "loss".to_owned(),
            Fault::Duplicate { .. } => "duplication".to_owned(),
            Fault::Delay { .. } => "delay".to_owned(),
            Fault::Skew { host, .. } => format!("skew of {}", self.host(*host)),
        }
    }

    fn when(&self, when: &When) -> String {
        match *when {
            When::At(time) => format!("at {time}"),
            When::Nth { on, nth: 1, every: false } => format!("when {}", self.on(&on)),
            When::Nth { on, nth: 1, every: true } => format!("whenever {}", self.on(&on)),
            When::Nth { on, nth, every } => {
                let from = if every { "from the" } else { "the" };
                format!("when {}, {from} {}", self.on(&on), ordinal(nth))
            }
        }
    }

    fn on(&self, on: &On) -> String {
        let Words { messages, records, notes } = self.words;
        match *on {
            On::Sent { kind, from, to } => {
                format!("{}{} is sent", word(messages, kind), self.link(from, to))
            }
            On::Delivered { kind, from, to } => {
                format!("{}{} is delivered", word(messages, kind), self.link(from, to))
            }
            On::Appended { kind, by } => {
                format!("{}{} is appended", word(records, kind), self.of(by))
            }
            On::Synced { kind, by } => format!("{}{} is durable", word(records, kind), self.of(by)),
            On::Noted { kind, by } => format!("{}{} is noted", word(notes, kind), self.of(by)),
            On::Effect { by } => format!("{} does something", self.topology.name(by)),
        }
    }

    fn link(&self, from: Option<ProcessId>, to: Option<ProcessId>) -> String {
        let end = |word: &str, process: Option<ProcessId>| {
            process.map_or(String::new(), |p| format!(" {word} {}", self.topology.name(p)))
        };
        end("from", from) + &end("to", to)
    }

    fn of(&self, by: Option<ProcessId>) -> String {
        by.map_or(String::new(), |process| format!(" of {}", self.topology.name(process)))
    }
}

fn word<'a>(words: &[&'a str], kind: usize) -> &'a str {
    words.get(kind).copied().unwrap_or("?")
}

fn ordinal(n: u32) -> String {
    let suffix = match (n % 10, n % 100) {
        (1, tens) if tens != 11 => "st",
        (2, tens) if tens != 12 => "nd",
        (3, tens) if tens != 13 => "rd",
        (0..=9, _) | (10.., _) => "th",
    };
    format!("{n}{suffix} time")
}

#[cfg(test)]
mod tests {
    use super::*;
    use dtxsim_core::Nanos;
    use dtxsim_core::fault::{Keep, Restart};

    #[test]
    fn faults_are_named_as_the_script_has_them() {
        let mut topology = Topology::default();
        let (a, b) = (topology.add("a", "node"), topology.add("b", "node"));
        let host = topology.host(a);
        let crash = Fault::Crash { host, restart: Restart::Never, keep: Keep::Any };
        let nth = |on, nth, every| When::Nth { on, nth, every };
        let sent = On::Sent { kind: 1, from: Some(a), to: Some(b) };
        let synced = On::Synced { kind: 0, by: None };
        let cut = Fault::Partition {
            from: vec![host],
            to: vec![topology.host(b)],
            both_ways: false,
            span: None,
        };
        let script = [
            Scripted { when: nth(sent, 1, false), fault: crash },
            Scripted { when: nth(synced, 2, false), fault: cut },
            Scripted { when: nth(sent, 3, true), fault: Fault::Drop },
            Scripted {
                when: When::At(Nanos::from_millis(3)),
                fault: Fault::Pause { host, span: Nanos::ZERO },
            },
        ];
        let words = Words { messages: &["ask", "tell"], records: &["seen"], notes: &[] };
        assert_eq!(
            script_names(&script, &topology, words),
            [
                "crash of a when tell from a to b is sent (#1)",
                "partition a -/-> b when seen is durable, the 2nd time (#2)",
                "loss when tell from a to b is sent, from the 3rd time (#3)",
                "pause of a at 3.000000ms (#4)",
            ]
        );
        assert_eq!(
            [11, 21, 112, 103].map(ordinal),
            ["11th", "21st", "112th", "103rd"].map(|n| n.to_owned() + " time")
        );
    }
}
