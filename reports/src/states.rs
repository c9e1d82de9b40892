//! What the processes of a role go through, as diagrams: from what an exploration saw them do.

use std::collections::BTreeSet;

use dtxsim_core::untimed::{Change, Handled, Standing};

/// A diagram of states for each role, in Mermaid within Markdown.
///
/// A state is what a process remembers, the last record of its log, and what it waits for, the
/// timers that are set. An arrow is what it handles, and after a stroke what it sends. What changes
/// neither and sends nothing is left out. Every start comes from the dot.
pub fn states(changes: &[Change]) -> String {
    let mut roles: Vec<&'static str> = Vec::new();
    for change in changes {
        if !roles.contains(&change.role) {
            roles.push(change.role);
        }
    }
    let diagrams: Vec<String> = roles.iter().map(|role| diagram(role, changes)).collect();
    diagrams.join("\n")
}

fn diagram(role: &str, changes: &[Change]) -> String {
    let changes: Vec<&Change> = changes.iter().filter(|change| change.role == role).collect();
    let is_told = |change: &&&Change| change.from != change.to || !change.sends.is_empty();
    let told: Vec<&Change> = changes.iter().filter(is_told).copied().collect();
    let ends = told.iter().flat_map(|change| [&change.from, &change.to]);
    let standings: BTreeSet<&Standing> = ends.filter(|end| end.timers.is_some()).collect();
    let standings: Vec<&Standing> = standings.into_iter().collect();
    let id = |standing: &Standing| {
        let place = standings.iter().position(|known| *known == standing);
        place.map_or("[*]".to_owned(), |place| format!("s{place}"))
    };
    let mut text = format!("**{role}**\n\n```mermaid\nstateDiagram-v2\n");
    for standing in &standings {
        text += &format!("    state \"{}\" as {}\n", name(standing), id(standing));
    }
    let mut arrows = Vec::new();
    for change in told {
        let arrow =
            format!("    {} --> {} : {}\n", id(&change.from), id(&change.to), label(change));
        if !arrows.contains(&arrow) {
            arrows.push(arrow);
        }
    }
    text + &arrows.concat() + "```\n"
}

/// What it remembers, and what it waits for.
fn name(standing: &Standing) -> String {
    let record = standing.record.unwrap_or("nothing written");
    match standing.timers.as_deref().unwrap_or_default() {
        [] => record.to_owned(),
        timers => format!("{record}, waits: {}", timers.join(", ")),
    }
}

/// What it handles, and what it sends.
fn label(change: &Change) -> String {
    let handles = match (change.input, change.from.record) {
        (Handled::Start, _) => "start".to_owned(),
        (Handled::Recovery, None) => "recover with nothing".to_owned(),
        (Handled::Recovery, Some(record)) => format!("recover with {record}"),
        (Handled::Sync, _) => "is durable".to_owned(),
        (Handled::Choice, _) => "has chosen".to_owned(),
        (Handled::Request(kind), _) => format!("request {kind}"),
        (Handled::Message(kind), _) => kind.to_owned(),
        (Handled::Timer(kind), _) => format!("timer {kind}"),
    };
    match &change.sends[..] {
        [] => handles,
        sends => format!("{handles} / {}", sends.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn standing(record: Option<&'static str>, timers: &[&'static str]) -> Standing {
        Standing { record, timers: Some(timers.to_vec()) }
    }

    #[test]
    fn a_start_comes_from_the_dot_and_what_nobody_notices_is_left_out() {
        let (idle, waits) = (standing(None, &[]), standing(Some("prepared"), &["inquire"]));
        let change = |from: &Standing, input, to: &Standing, sends: &[&'static str]| Change {
            role: "participant",
            from: from.clone(),
            input,
            to: to.clone(),
            sends: sends.to_vec(),
        };
        let down = Standing { record: Some("prepared"), timers: None };
        let changes = [
            change(&Standing::default(), Handled::Start, &idle, &[]),
            change(&down, Handled::Recovery, &waits, &["inquiry"]),
            change(&idle, Handled::Message("prepare"), &waits, &["vote"]),
            change(&waits, Handled::Message("prepare"), &waits, &[]),
        ];
        let expected = "\
**participant**

```mermaid
stateDiagram-v2
    state \"nothing written\" as s0
    state \"prepared, waits: inquire\" as s1
    [*] --> s0 : start
    [*] --> s1 : recover with prepared / inquiry
    s0 --> s1 : prepare / vote
```
";
        assert_eq!(states(&changes), expected);
    }
}
