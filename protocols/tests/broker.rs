//! A broker by itself: what it sends, what it forces, and what it is after a recovery.

use std::sync::Arc;

use dtxsim_core::{Effect, Nanos, Outbox, ProcessId};
use dtxsim_protocols::common::broker::{self, Broker, Logged, Message, Record, Rules, Timer};
use dtxsim_protocols::common::{Branch, Key, Note, Op, Retry, Transaction, TxId, Work};
use dtxsim_protocols::messaging::Messaging;

const SOURCE: ProcessId = ProcessId(1);
const CONSUMER: ProcessId = ProcessId(2);

fn work() -> Work {
    let branch = |process| Branch { process, ops: std::iter::once(Op::Add(Key(0), 1)).collect() };
    Work(Arc::new(Transaction::new("t", [branch(SOURCE), branch(CONSUMER)])))
}

fn publish(tx: u32) -> Message {
    Message::Publish { tx: TxId(tx), work: work() }
}

fn rules(limit: Option<u8>) -> Rules {
    let retry = Retry::new(Nanos(1), Nanos(1), limit);
    let (deduplicating, to_source, decides, discards) = (false, false, false, false);
    Rules { deduplicating, to_source, decides, retry, prefetch: 1, discards }
}

/// First start, or recovery from these records.
fn boot(rules: &Rules, log: &[Record]) -> Broker {
    Broker::boot(rules, log.iter().map(Logged::Record), &mut Outbox::<Messaging>::default())
}

/// What a broker sent, and how often it forced something.
fn done(out: &Outbox<Messaging>) -> (Vec<String>, usize) {
    let sent = out.effects().iter().filter_map(|effect| match effect {
        Effect::Send { to, message } => Some(format!("{message} to {to}")),
        Effect::Append(_)
        | Effect::Sync
        | Effect::SetTimer(_)
        | Effect::CancelTimer(_)
        | Effect::Choose(_)
        | Effect::Note(_) => None,
    });
    (sent.collect(), out.effects().iter().filter(|effect| **effect == Effect::Sync).count())
}

/// What it sends when these messages come from the consumer.
fn consumed(broker: &mut Broker, rules: &Rules, txs: &[u32]) -> Vec<String> {
    let mut out: Outbox<Messaging> = Outbox::default();
    for &tx in txs {
        broker.message(rules, CONSUMER, Message::Consumed { tx: TxId(tx) }, &mut out);
    }
    done(&out).0
}

/// What it sends, and forces, when nobody has answered.
fn silence(broker: &mut Broker, rules: &Rules, attempt: u8) -> (Vec<String>, usize) {
    let mut out: Outbox<Messaging> = Outbox::default();
    broker.timer(rules, &Timer::Redeliver { to: CONSUMER, attempt }, &mut out);
    done(&out)
}

fn report(broker: &Broker) -> Vec<Note> {
    let mut say = Vec::new();
    broker.report(&mut say);
    say
}

#[test]
fn it_delivers_one_after_the_other_and_repeats_itself_unless_told() {
    for (deduplicating, left) in [(false, 3), (true, 2)] {
        let rules = Rules { deduplicating, ..rules(None) };
        let mut broker = boot(&rules, &[]);
        let mut out: Outbox<Messaging> = Outbox::default();
        for tx in [0, 1, 0] {
            broker.message(&rules, SOURCE, publish(tx), &mut out);
        }
        let (sent, forced) = done(&out);
        let accepted = ["accepted tx0 to p1", "deliver tx0 to p2", "accepted tx1 to p1"];
        assert_eq!(sent[..3], accepted, "the second waits for the first");
        assert_eq!((sent.len(), forced), (4, left), "every publication is accepted");
        assert_eq!(report(&broker).len(), left);
        assert_eq!(consumed(&mut broker, &rules, &[1]), [""; 0], "it is not outstanding");
        assert_eq!(consumed(&mut broker, &rules, &[0, 0]), ["deliver tx1 to p2"], "once");
        assert_eq!(silence(&mut broker, &rules, 0).0, ["deliver tx1 to p2"], "after silence");
    }
}

#[test]
fn it_has_as_many_outstanding_as_there_are_workers() {
    let rules = Rules { prefetch: 2, ..rules(None) };
    let mut broker = boot(&rules, &[]);
    let mut out: Outbox<Messaging> = Outbox::default();
    for tx in [0, 1, 2] {
        broker.message(&rules, SOURCE, publish(tx), &mut out);
    }
    let sent = done(&out).0.into_iter().filter(|sent| sent.starts_with("deliver"));
    let both = ["deliver tx0 to p2", "deliver tx1 to p2"];
    assert_eq!(sent.collect::<Vec<_>>(), both, "the third waits");
    assert_eq!(silence(&mut broker, &rules, 0).0, both);
    assert_eq!(consumed(&mut broker, &rules, &[2]), [""; 0], "it is not outstanding");
    assert_eq!(consumed(&mut broker, &rules, &[1]), ["deliver tx2 to p2"], "who is done first");
    assert_eq!(consumed(&mut broker, &rules, &[2, 0]), [""; 0]);
    assert_eq!(report(&broker), []);
}

#[test]
fn a_dead_letter_is_set_aside_for_good_and_the_next_passes() {
    let rules = rules(Some(2));
    let mut broker = boot(&rules, &[]);
    let mut out: Outbox<Messaging> = Outbox::default();
    for tx in [0, 1] {
        broker.message(&rules, SOURCE, publish(tx), &mut out);
    }
    assert_eq!(silence(&mut broker, &rules, 0), (vec!["deliver tx0 to p2".to_owned()], 0));
    let passes = (vec!["deliver tx1 to p2".to_owned()], 1);
    assert_eq!(silence(&mut broker, &rules, 1), passes, "after two deliveries");
    assert_eq!(consumed(&mut broker, &rules, &[0]), [""; 0], "that is late");
    let needs_person = Note::NeedsPerson { tx: TxId(0) };
    assert!(report(&broker).contains(&needs_person));
    let accepted = |tx| Record::Accepted { tx: TxId(tx), work: work() };
    let dead = Record::DeadLetter { tx: TxId(0), to: CONSUMER };
    let log = [accepted(0), accepted(1), dead];
    assert_eq!(boot(&rules, &log), broker, "it is durable");
    let compacted = broker::compacted(&rules, log.iter().map(Logged::Record));
    assert_eq!(boot(&rules, &[compacted]), broker);
}
