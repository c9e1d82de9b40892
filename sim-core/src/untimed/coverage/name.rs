//! The names of what can be exercised.

use super::{Coverage, Handled, InputCoverage, Item, MessageCoverage, RecordCoverage};

/// The kinds of a protocol and its roles, of which the names of all that may be exercised are made.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Vocabulary {
    /// Roles.
    pub roles: Vec<&'static str>,
    /// Kinds of messages.
    pub messages: &'static [&'static str],
    /// Kinds of timers.
    pub timers: &'static [&'static str],
    /// Kinds of records.
    pub records: &'static [&'static str],
    /// Kinds of requests.
    pub requests: &'static [&'static str],
}

impl Vocabulary {
    /// All names that [`Coverage::exercised`] knows, whatever comes of an exploration.
    pub fn names(&self) -> Vec<String> {
        let mut all = Vec::new();
        for message in self.messages {
            all.extend(["deliver", "drop", "duplicate", "cut"].map(|verb| of(verb, message)));
        }
        for role in &self.roles {
            let messages = self.messages.iter().map(|kind| Handled::Message(kind));
            let timers = self.timers.iter().map(|kind| Handled::Timer(kind));
            let requests = self.requests.iter().map(|kind| Handled::Request(kind));
            let others = [Handled::Start, Handled::Recovery, Handled::Sync, Handled::Choice];
            let inputs = messages.chain(timers).chain(requests).chain(others);
            all.extend(inputs.map(|input| handled(role, input)));
            for record in self.records {
                all.push(crash(role, "at", record));
                all.extend(FATES.map(|fate| crash(role, fate, record)));
            }
        }
        all
    }
}

/// How a crash can stand to a record.
const FATES: [&str; 3] = ["losing", "keeping", "after"];

impl Coverage {
    /// All that there was to exercise, with how often it was.
    pub fn items(&self) -> Vec<Item> {
        let mut all = Vec::new();
        let mut put = |name: String, count: u64| all.push(Item { name, count });
        for InputCoverage { role, input, transitions, .. } in &self.inputs {
            put(handled(role, *input), *transitions);
        }
        for MessageCoverage { kind, travels, dropped, duplicated, cut, .. } in &self.messages {
            let faults = [
                ("drop", self.budgets.drops, *dropped),
                ("duplicate", self.budgets.duplicates, *duplicated),
                ("cut", self.budgets.partitions, *cut),
            ];
            for (verb, _, count) in faults.into_iter().filter(|(_, most, _)| *travels && *most > 0)
            {
                put(of(verb, kind), count);
            }
        }
        for RecordCoverage { role, kind, lost, kept, after, .. } in &self.records {
            if self.budgets.crashes > 0 {
                for (fate, count) in FATES.into_iter().zip([*lost, *kept, *after]) {
                    put(crash(role, fate, kind), count);
                }
            }
        }
        all
    }

    /// The names of what there was to exercise and never was.
    pub fn never(&self) -> Vec<String> {
        let never = self.items().into_iter().filter(|item| item.count == 0);
        never.map(|item| item.name).collect()
    }

    /// How often that was exercised; zero as well of what it could not be.
    pub fn exercised(&self, name: &str) -> u64 {
        let sums = self.messages.iter().map(|row| (of("deliver", row.kind), row.delivered));
        let crashes = self.records.iter().map(|row| {
            (crash(row.role, "at", row.kind), row.lost.saturating_add(row.kept + row.after))
        });
        let items = self.items().into_iter().map(|item| (item.name, item.count));
        let found = items.chain(sums).chain(crashes).find(|(known, _)| known == name);
        found.map_or(0, |(_, count)| count)
    }

    /// Why that could not be exercised, if it could not.
    pub fn why_not(&self, name: &str) -> Option<String> {
        let fault = |verb: &str, most: u8| most == 0 && name.starts_with(verb);
        let budgets = self.budgets;
        let budget = [
            ("drop ", "drops", budgets.drops),
            ("duplicate ", "duplicates", budgets.duplicates),
            ("cut ", "partitions", budgets.partitions),
            ("crash ", "crashes", budgets.crashes),
            ("recover ", "crashes", budgets.crashes),
        ];
        if let Some((_, field, _)) = budget.into_iter().find(|(verb, _, most)| fault(verb, *most)) {
            return Some(format!("there is no budget of `{field}`"));
        }
        let kinds = [(&self.unsent, "sent"), (&self.unset, "set"), (&self.unwritten, "written")];
        let words: Vec<&str> = name.split(' ').collect();
        let (verb, last) = (words.first().copied(), words.last().copied());
        let speaks_of = |done: &str, kind: &str| match (verb, done) {
            (Some("timer"), "set") | (Some("drop" | "duplicate" | "cut" | "deliver"), "sent") => {
                words.get(1) == Some(&kind)
            }
            (Some("crash"), "written") => last == Some(kind),
            (_, _) => false,
        };
        kinds.into_iter().find_map(|(never, done)| {
            let kind = never.iter().find(|kind| speaks_of(done, kind))?;
            Some(format!("`{kind}` was never {done}"))
        })
    }
}

fn of(verb: &str, kind: &str) -> String {
    format!("{verb} {kind}")
}

fn handled(role: &str, input: Handled) -> String {
    match input {
        Handled::Start => of("start", role),
        Handled::Recovery => of("recover", role),
        Handled::Sync => of("sync", role),
        Handled::Choice => of("choose", role),
        Handled::Request(kind) => format!("request {kind} of {role}"),
        Handled::Message(kind) => format!("deliver {kind} to {role}"),
        Handled::Timer(kind) => format!("timer {kind} of {role}"),
    }
}

fn crash(role: &str, fate: &str, record: &str) -> String {
    format!("crash {role} {fate} {record}")
}
