//! Seata AT: sagas whose services undo by before-images.

use dtxsim_core::untimed::{Bounds, Budgets, Representation};
use dtxsim_protocols::common::business::Listed;
use dtxsim_protocols::common::{Key, Op, Transactions};
use dtxsim_protocols::properties::Property;
use dtxsim_protocols::seata_at::{Flaw, GlobalLock, Knobs};
use dtxsim_protocols::{Choice, Setup};

use crate::{BAG, CRASH, LITTLE, NONE, QUIESCENT, both, checking, explore, holds, under};

fn hasty() -> Knobs {
    Knobs { retries: 0, ..Knobs::default() }
}

fn setup(transactions: &[&[(usize, i64)]], knobs: Knobs) -> Setup {
    under(Choice::SeataAt(knobs), 2, transactions)
}

const REFUSED: [(usize, i64); 2] = [(0, 5), (1, -11)];
const LOCAL: [(usize, i64); 1] = [(0, -12)];

#[test]
fn both_representations_agree_on_undo_logs() {
    for local in [GlobalLock::Unlocked, GlobalLock::Asked] {
        for broken in [None, Some(Flaw::RestoresBlindly)] {
            let mut setup = setup(&[&REFUSED, &LOCAL], Knobs { local, broken, ..hasty() });
            setup.check.extend([Property::NoDirtyRead, Property::NoLostUpdate]);
            both(&setup, QUIESCENT);
        }
    }
    both(&setup(&[&REFUSED], hasty()), Bounds { budgets: CRASH, ..QUIESCENT });
}

/// A crash at every effect of every role, in a world in which time-outs are right and in one in
/// which they are not.
#[test]
fn a_crash_anywhere_keeps_every_property_of_undo_logs() {
    let order = [Property::CompensationOrder];
    let none = [Property::Conservation, Property::CompensationOrder];
    for bounds in [Bounds { budgets: CRASH, ..BAG }, Bounds { budgets: CRASH, ..QUIESCENT }] {
        let little = bounds.timers == QUIESCENT.timers;
        let without = if little { &LITTLE[..] } else { &order };
        holds(checking(setup(&[&[(0, -3), (1, 3)]], hasty()), without), bounds);
        holds(checking(setup(&[&REFUSED], hasty()), &none), bounds);
    }
    for budgets in [Budgets { drops: 1, ..NONE }, Budgets { duplicates: 1, ..NONE }] {
        holds(checking(setup(&[&REFUSED], hasty()), &none), Bounds { budgets, ..BAG });
    }
}

/// Who meets the lock of another is refused, so every image still fits when it is put back.
#[test]
fn the_global_lock_keeps_transactions_off_each_others_rows() {
    let bounds = Bounds { budgets: CRASH, ..QUIESCENT };
    let order = [Property::CompensationOrder];
    let both = setup(&[&REFUSED, &[(0, -3), (1, -2)]], hasty());
    let explored = holds(checking(both, &order), bounds);
    assert!(explored.coverage.unwritten.contains(&"given-up"), "nobody is needed");
    // So does a local transaction that asks for it.
    let knobs = Knobs { local: GlobalLock::Asked, ..hasty() };
    let explored = holds(checking(setup(&[&REFUSED, &LOCAL], knobs), &order), bounds);
    assert!(explored.coverage.unwritten.contains(&"given-up"), "nobody is needed");
}

#[test]
fn what_another_has_written_is_not_overwritten_and_needs_a_person() {
    let transactions: [&[(usize, i64)]; 2] = [&REFUSED, &[(0, -1)]];
    let order = [Property::CompensationOrder];
    let explored = holds(checking(setup(&transactions, hasty()), &order), QUIESCENT);
    assert!(explored.coverage.exercised("deliver cannot-undo to orchestrator") > 0);
    let blind = Knobs { broken: Some(Flaw::RestoresBlindly), ..hasty() };
    let all = checking(setup(&transactions, blind), &order);
    let explored = explore(all, QUIESCENT, Representation::Collapsed);
    assert_eq!(explored.violated, [Property::Conservation.name()]);
}

#[test]
fn a_read_that_does_not_ask_for_the_lock_may_be_dirty() {
    for (reads, is_dirty) in [(GlobalLock::Unlocked, true), (GlobalLock::Asked, false)] {
        let mut setup = setup(&[&REFUSED], Knobs { reads, ..hasty() });
        setup.check = vec![Property::NoDirtyRead];
        if let Transactions::Listed(listed) = &mut setup.business.transactions {
            let branches = vec![(0, vec![Op::Read(Key(0))])];
            listed.push(Listed { name: "reader".to_owned(), branches });
        }
        if is_dirty {
            let explored = explore(setup, QUIESCENT, Representation::Collapsed);
            assert_eq!(explored.violated, [Property::NoDirtyRead.name()]);
        } else {
            holds(setup, Bounds { budgets: CRASH, ..QUIESCENT });
        }
    }
}
