//! The whole model as two tables.

use dtxsim_core::{Effect, Event, Outbox, ProcessId, Protocol as _};

use super::resource_manager::ResourceManager::{self, Aborted, Committed, Prepared, Working};
use super::transaction_manager::{Phase, TransactionManager};
use super::{Flaw, Knobs, Message, State, TM, Timer, TwoPhaseTla};
use crate::common::{Business, Service, Transactions};

/// The model with managers `rm1`, `rm2` and so on.
fn model(managers: usize, broken: Option<Flaw>) -> TwoPhaseTla {
    let service = |n| Service { name: format!("rm{n}"), keys: Vec::new() };
    let business = Business {
        services: (1..=managers).map(service).collect(),
        transactions: Transactions::Listed(Vec::new()),
    };
    TwoPhaseTla::new(&business, &[], Knobs { broken }).expect("there are few managers")
}

/// What a step makes of a state, and what it does.
fn step(model: &TwoPhaseTla, mut state: State, event: Event<TwoPhaseTla>) -> (State, String) {
    let mut out = Outbox::default();
    model.step(ProcessId(1), &mut state, event, &mut out);
    (state, shown(&out))
}

fn shown(out: &Outbox<TwoPhaseTla>) -> String {
    let effect = |effect: &Effect<TwoPhaseTla>| match effect {
        Effect::Send { to, message } => format!("{message} to {to}"),
        Effect::SetTimer(timer) => format!("set {timer}"),
        Effect::CancelTimer(timer) => format!("cancel {timer}"),
        Effect::Note(note) => note.to_string(),
        Effect::Append(_) | Effect::Sync | Effect::Choose(_) => panic!("not in this model"),
    };
    out.effects().iter().map(effect).collect::<Vec<_>>().join(", ")
}

fn message(from: u16, message: Message) -> Event<TwoPhaseTla> {
    Event::Message { from: ProcessId(from), message }
}

fn manager(state: Phase, prepared: u64) -> State {
    State::TransactionManager(TransactionManager { state, prepared })
}

#[test]
fn a_resource_manager() {
    let model = model(3, None);
    let prepare = || Event::Timer(Timer::Prepare);
    let choose_to_abort = || Event::Timer(Timer::Abort);
    let commit = || message(0, Message::Commit);
    let abort = || message(0, Message::Abort);
    let left = "cancel prepare, cancel abort";
    let table: [(ResourceManager, Event<TwoPhaseTla>, ResourceManager, &str); 10] = [
        (Working, prepare(), Prepared, &format!("{left}, prepared to p0")),
        (Working, choose_to_abort(), Aborted, &format!("{left}, decided abort of tx0")),
        (Working, commit(), Committed, &format!("{left}, decided commit of tx0")),
        (Working, abort(), Aborted, &format!("{left}, decided abort of tx0")),
        (Prepared, commit(), Committed, "decided commit of tx0"),
        (Prepared, abort(), Aborted, "decided abort of tx0"),
        (Committed, commit(), Committed, ""),
        (Committed, abort(), Aborted, "decided abort of tx0"),
        (Aborted, commit(), Committed, "decided commit of tx0"),
        (Aborted, abort(), Aborted, ""),
    ];
    for (before, event, after, effects) in table {
        let row = format!("{before:?}, {event:?}");
        let found = step(&model, State::ResourceManager(before), event);
        assert_eq!(found, (State::ResourceManager(after), effects.to_owned()), "{row}");
    }
}

#[test]
fn the_transaction_manager() {
    use Phase::{Aborted, Committed, Init};
    let model = model(3, None);
    let prepared = |from| message(from, Message::Prepared);
    let commit = || Event::Timer(Timer::Commit);
    let abort = || Event::Timer(Timer::Abort);
    let told = |what: &str| {
        format!("cancel commit, cancel abort, {what} to p1, {what} to p2, {what} to p3")
    };
    let table = [
        ((Init, 0b000), prepared(1), (Init, 0b001), String::new()),
        ((Init, 0b000), prepared(3), (Init, 0b100), String::new()),
        ((Init, 0b101), prepared(3), (Init, 0b101), String::new()),
        ((Init, 0b101), prepared(2), (Init, 0b111), "set commit".to_owned()),
        ((Init, 0b111), prepared(2), (Init, 0b111), String::new()),
        ((Init, 0b111), commit(), (Committed, 0b111), told("commit")),
        ((Init, 0b111), abort(), (Aborted, 0b111), told("abort")),
        ((Init, 0b010), abort(), (Aborted, 0b010), told("abort")),
        ((Committed, 0b111), prepared(1), (Committed, 0b111), String::new()),
        ((Aborted, 0b010), prepared(1), (Aborted, 0b010), String::new()),
    ];
    for (before, event, after, effects) in table {
        let row = format!("{before:?}, {event:?}");
        let found = step(&model, manager(before.0, before.1), event);
        assert_eq!(found, (manager(after.0, after.1), effects), "{row}");
    }
}

#[test]
fn who_starts_may_do_what_the_initial_state_allows() {
    let model = model(3, None);
    let boot = |process| {
        let mut out = Outbox::default();
        (model.boot(ProcessId(process), &[], &mut out), shown(&out))
    };
    assert_eq!(boot(TM.0), (manager(Phase::Init, 0), "set abort".to_owned()));
    let working = (State::ResourceManager(Working), "set prepare, set abort".to_owned());
    assert_eq!((boot(1), boot(3)), (working.clone(), working));
}

#[test]
fn the_broken_one_does_not_wait_for_the_last() {
    let broken = Some(Flaw::CommitWhenOneIsMissing);
    let prepared = |from| message(from, Message::Prepared);
    let three = model(3, broken);
    let (state, effects) = step(&three, manager(Phase::Init, 0b001), prepared(2));
    assert_eq!((state, &*effects), (manager(Phase::Init, 0b011), "set commit"));
    let (state, effects) = step(&three, state, prepared(3));
    assert_eq!((state, &*effects), (manager(Phase::Init, 0b111), ""), "it is set already");
    let mut out = Outbox::default();
    let _ = model(1, broken).boot(TM, &[], &mut out);
    assert_eq!(shown(&out), "set abort, set commit", "of one, none need be prepared");
}
