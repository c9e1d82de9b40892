//! What is true of the diagram of any trace.

use std::collections::BTreeSet;

use dtxsim_core::trace::{Action, Done, Fated, Step, Trace};
use dtxsim_core::{HostId, Nanos, Topology};
use dtxsim_reports::{Style, Weight, diagram, fold};
use proptest::prelude::*;
use unicode_width::UnicodeWidthChar;

fn width(text: &str) -> usize {
    text.chars().map(|c| c.width().unwrap_or(0)).sum()
}

/// Texts with what hurts: long words, wide and combining characters, what a terminal obeys.
fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        "[a-z]{1,8}( [a-z0-9]{1,9}){0,3}",
        "[a-z]{30,90}",
        "\\PC{0,12}",
        any::<String>().prop_map(|text| text.chars().take(9).collect()),
        Just("漢字 \u{1b}[31m\u{9b}2J\r\n\t\u{7f}e\u{301}👩\u{200d}🚀".to_owned()),
    ]
}

fn fate() -> impl Strategy<Value = Fated> {
    prop_oneof![
        Just(Fated::Local),
        Just(Fated::InFlight),
        Just(Fated::Arrives(Nanos(7))),
        Just(Fated::Doubled(Nanos(7), Nanos(9))),
        Just(Fated::Lost),
        Just(Fated::Cut),
    ]
}

fn done(processes: usize) -> impl Strategy<Value = Done> {
    prop_oneof![
        text().prop_map(Done::Appended),
        Just(Done::Syncing),
        (0..3usize).prop_map(Done::Durable),
        (0..processes, text(), fate()).prop_map(|(to, message, fate)| Done::Sent {
            to,
            message,
            fate
        }),
        text().prop_map(|timer| Done::Armed { timer, span: Nanos(1) }),
        (0..4u32).prop_map(Done::Asked),
        text().prop_map(Done::Noted),
        Just(Done::CutShort),
        text().prop_map(|summary| Done::Violated("agreement", summary)),
    ]
}

fn action(processes: usize, hosts: usize) -> impl Strategy<Value = Action> {
    let (p, h) = (0..processes, 0..hosts);
    let some = prop::collection::vec(h.clone(), 0..3);
    let link = || (0..processes, 0..processes, text());
    let logs = prop::collection::vec((p.clone(), 0..4usize, 0..4usize), 0..3);
    let by_process =
        prop_oneof![
            (p.clone(), any::<bool>(), 0..3usize)
                .prop_map(|(process, again, records)| Action::Boot { process, again, records }),
            (p.clone(), text()).prop_map(|(process, timer)| Action::Timer { process, timer }),
            p.clone().prop_map(|process| Action::Synced { process }),
            (p.clone(), any::<u32>())
                .prop_map(|(process, answer)| Action::Chosen { process, answer }),
            (p.clone(), text()).prop_map(|(process, request)| Action::Request { process, request }),
            (p, text()).prop_map(|(process, request)| Action::Refused { process, request }),
        ];
    let by_message = prop_oneof![
        link().prop_map(|(from, to, message)| Action::Deliver { from, to, message }),
        link().prop_map(|(from, to, message)| Action::Undelivered {
            from,
            to,
            message,
            why: "down"
        }),
    ];
    let by_host =
        prop_oneof![
            (h.clone(), logs).prop_map(|(host, logs)| Action::Crash { host, logs }),
            h.clone().prop_map(|host| Action::Restart { host }),
            h.clone().prop_map(|host| Action::Pause { host, span: Nanos::MAX }),
            h.clone().prop_map(|host| Action::Resume { host }),
            (some.clone(), some, any::<bool>())
                .prop_map(|(from, to, both_ways)| Action::Partition { from, to, both_ways }),
            Just(Action::Mend),
            (h, text()).prop_map(|(host, stretch)| Action::Skew { host, stretch }),
            Just(Action::Heal),
        ];
    prop_oneof![3 => by_process, 3 => by_message, 2 => by_host]
}

prop_compose! {
    fn topology()(
        hosts in prop::collection::vec(text(), 1..6),
        processes in prop::collection::vec((text(), any::<prop::sample::Index>()), 1..14),
    ) -> Topology {
        let mut topology = Topology { hosts, ..Topology::default() };
        for (name, host) in &processes {
            let host = HostId(host.index(topology.hosts.len()) as u16);
            topology.add_on(host, name, "role");
        }
        topology
    }
}

prop_compose! {
    fn trace()(topology in topology())(
        steps in prop::collection::vec(
            (
                action(topology.processes.len(), topology.hosts.len()),
                prop::collection::vec(done(topology.processes.len()), 0..4),
                prop::option::of(0..60u64),
                prop_oneof![Just(Nanos::ZERO), any::<u64>().prop_map(Nanos)],
            ),
            0..60,
        ),
        topology in Just(topology),
        timed in any::<bool>(),
    ) -> Trace {
        let step = |(index, (action, effects, cause, at))| {
            Step { index: index as u64, at, cause, action, effects, chain: 0, mark: 0 }
        };
        let steps = steps.into_iter().enumerate().map(step).collect();
        Trace { steps, timed, ..Trace::of(&topology) }
    }
}

/// The steps that lines begin with, and those that the folded list begins with.
fn numbers(lines: impl Iterator<Item = String>) -> BTreeSet<u64> {
    let mut all = BTreeSet::new();
    for line in lines {
        let head = line.trim_start_matches(['>', '*', ' ']);
        let is_head = line.len() - head.len() < 8;
        let word = head.split(' ').next().unwrap_or_default();
        let (first, last) = word.split_once('-').unwrap_or((word, word));
        if let (true, Ok(first), Ok(last)) = (is_head, first.parse::<u64>(), last.parse::<u64>()) {
            all.extend(first..=last);
        }
    }
    all
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 512,
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn lines_fit_and_are_harmless_and_every_step_is_there(
        trace in trace(),
        violation in prop::option::of(0..70u64),
        width_max in 1..200usize,
        ascii in any::<bool>(),
    ) {
        let lines = diagram(&trace, violation, Style { width: width_max, ascii });
        for line in &lines {
            // A wide character does not fit into one column.
            prop_assert!(width(&line.text) <= width_max.max(2), "{line:?}");
            prop_assert!(!line.text.contains(char::is_control), "{line:?}");
            prop_assert!(!ascii || line.text.is_ascii(), "{line:?}");
        }
        if width_max >= 80 {
            let texts = |line: dtxsim_reports::Line| line.text;
            let wanted = numbers(fold(&trace, violation).into_iter().map(texts));
            let shown = numbers(lines.iter().map(|line| line.text.clone()));
            prop_assert!(wanted.is_subset(&shown), "{wanted:?} {shown:?}");
        }
        if violation.is_some() && !trace.steps.is_empty() {
            prop_assert!(lines.iter().any(|line| line.weight == Weight::Violates));
        }
    }
}
