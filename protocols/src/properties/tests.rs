//! What all properties have in common.

use super::testing::*;
use super::*;
use crate::common::{Deed, Key, TxId};
use dtxsim_core::ProcessId;
use dtxsim_core::fingerprint;
use dtxsim_core::symmetry::Renaming;

fn all() -> Vec<Box<dyn Monitor<Note>>> {
    let key = KeySpec { name: "a".into(), initial: 10, min: Some(0), max: None };
    monitors(&Property::ALL, &vec![vec![key]; 3].into())
}

#[test]
fn premises_alone_make_no_new_state() {
    let again = [
        SeenNote::Note(1, Note::Locked { tx: TxId(0) }),
        SeenNote::Note(1, Note::Changed { key: Key(0), value: 7 }),
        found_nothing(0, 1, Deed::Cancel),
        decided(0, 1, ABORT),
    ];
    for mut monitor in all() {
        let name = monitor.name();
        assert_eq!(watch(&mut *monitor, &[began(0, &[1, 2])]), None, "{name}");
        assert_eq!(watch(&mut *monitor, &again), None, "{name}");
        let mut more = monitor.clone();
        assert_eq!(watch(&mut *more, &again), None, "{name}");
        assert!(*monitor == *more, "{name}");
        assert_eq!(fingerprint::of(&monitor), fingerprint::of(&more), "{name}");
    }
}

#[test]
fn a_reset_is_a_fresh_start() {
    for (mut monitor, fresh) in all().into_iter().zip(all()) {
        let name = monitor.name();
        let voting = [began(0, &[1, 2]), voted(0, 1, YES), decided(0, 1, ABORT)];
        let doing = [did(0, 1, Deed::Try), published(1, 1, 2), did(0, 1, Deed::Cancel)];
        let history: Vec<_> = voting.into_iter().chain(doing).collect();
        assert_eq!(watch(&mut *monitor, &history), None, "{name}");
        monitor.reset();
        assert!(*monitor == *fresh && monitor.premises() == 0, "{name}");
    }
}

#[test]
fn who_judges_the_rest_says_so() {
    let judges: Vec<_> = all().iter().filter(|m| m.judges_rest()).map(|m| m.name()).collect();
    let expected = [
        Property::NonTriviality,
        Property::Termination,
        Property::Conservation,
        Property::NoNegativeBalance,
        Property::NoLockLeft,
        Property::CompensationComplete,
        Property::SagaOutcome,
        Property::NoReservationLeft,
        Property::PublishedIffCommitted,
        Property::AtLeastOnce,
        Property::NoDirtyRead,
        Property::NoLostUpdate,
        Property::NoReadSkew,
        Property::Convergence,
    ];
    assert_eq!(judges, expected.map(Property::name));
}

#[test]
fn a_closed_transaction_looks_the_same_whoever_was_first() {
    let orders = [[0, 1, 2], [2, 1, 0], [1, 0, 2]];
    let prints = orders.map(|order| {
        let mut monitors = all();
        for monitor in &mut monitors {
            assert_eq!(watch(&mut **monitor, &[began(0, &[1, 2])]), None);
            for by in [1, 2] {
                assert_eq!(watch(&mut **monitor, &[voted(0, by, YES)]), None);
            }
            for by in order {
                assert_eq!(watch(&mut **monitor, &[decided(0, by, ABORT)]), None);
            }
        }
        fingerprint::of(&monitors)
    });
    assert!(prints.iter().all(|print| *print == prints[0]));
}

/// Two who do the same, one after the other.
fn both_do(first: u16, second: u16) -> Vec<Box<dyn Monitor<Note>>> {
    let mut monitors = all();
    for monitor in &mut monitors {
        assert_eq!(watch(&mut **monitor, &[began(0, &[0, 1, 2])]), None);
        for deed in [Deed::Try, Deed::Confirm, Deed::Action] {
            let history = [did(0, first, deed), did(0, second, deed)];
            assert_eq!(watch(&mut **monitor, &history), None);
        }
        assert_eq!(watch(&mut **monitor, &[found_nothing(0, first, Deed::Cancel)]), None);
    }
    monitors
}

#[test]
fn deeds_of_different_services_may_come_in_any_order() {
    let orders = [both_do(1, 2), both_do(2, 1)].map(|mut monitors| {
        for monitor in &mut monitors {
            for by in [1, 2] {
                let nothing = [found_nothing(0, by, Deed::Cancel)];
                assert_eq!(watch(&mut **monitor, &nothing), None);
            }
        }
        fingerprint::of(&monitors)
    });
    assert_eq!(orders[0], orders[1]);
}

#[test]
fn a_renamed_monitor_has_seen_what_the_renamed_processes_did() {
    let swap = Renaming::swap(ProcessId(1), ProcessId(2));
    let mut renamed = 0;
    for (one, other) in both_do(1, 2).into_iter().zip(both_do(2, 1)) {
        let Some(one) = one.renamed(&swap) else { continue };
        assert!(*one == *other, "{}", one.name());
        renamed += 1;
    }
    // An order of branches tells processes apart; and so do versions, and who has which.
    assert_eq!(renamed, Property::ALL.len() - 9);
}
