use dtxsim_core::Table;
use smallvec::SmallVec;

use super::business::KeySpec;
use super::note::Note;
use super::store::{LocalStore, Refusal, Writes};
use super::transaction::{Key, Op, TxId};

/// What transactions have reserved of a service's data, and neither used nor given back.
///
/// A debit takes its amount out of what is free, a credit takes room below the most that there may
/// be. The committed values stay as they are until a reservation is confirmed, and then cannot be
/// refused: whatever is confirmed or cancelled first, each value stays within its constraints.
/// Local transactions of the same store ([`LocalStore::execute`]) see no reservations: a service
/// uses one or the other for a datum.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default)]
pub struct Reservations {
    held: Table<TxId, Holds>,
}

type Holds = SmallVec<[Hold; 1]>;

/// Of one datum. Never negative, unless something was released that was not reserved.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
struct Hold {
    key: Key,
    debit: i64,
    credit: i64,
}

impl Reservations {
    /// Reserves what a branch will take and make room for; or changes nothing. A second time it
    /// reserves as much again: who must not asks [`Reservations::holds`] first.
    ///
    /// # Errors
    /// What stands in the way.
    pub fn reserve(
        &mut self,
        tx: TxId,
        ops: &[Op],
        store: &LocalStore,
        keys: &[KeySpec],
    ) -> Result<(), Refusal> {
        let wanted = holds(ops);
        for hold in &wanted {
            let (at, refusal) = (usize::from(hold.key.0), Refusal::Constraint(hold.key));
            let (value, taken) = (i128::from(store.values()[at]), self.total(hold.key));
            let free = value - taken.0 - i128::from(hold.debit);
            let filled = value + taken.1 + i128::from(hold.credit);
            let enough = hold.debit == 0 || keys[at].min.is_none_or(|min| free >= min.into());
            let room = hold.credit == 0 || keys[at].max.is_none_or(|max| filled <= max.into());
            let representable = i64::try_from(free).is_ok() && i64::try_from(filled).is_ok();
            if !(enough && room && representable) {
                return Err(refusal);
            }
        }
        self.add(tx, &wanted, 1);
        Ok(())
    }

    /// Whether a transaction has reserved something.
    pub fn holds(&self, tx: TxId) -> bool {
        self.held.contains(&tx)
    }

    /// Uses what a transaction has reserved: puts it into the store, and gives back the
    /// after-images for the log; none if nothing is reserved.
    pub fn confirm(&mut self, tx: TxId, store: &mut LocalStore) -> Writes {
        let holds = self.held.remove(&tx).unwrap_or_default();
        let ops: SmallVec<[Op; 1]> =
            holds.iter().map(|hold| Op::Add(hold.key, hold.credit - hold.debit)).collect();
        store.add(&ops)
    }

    /// Gives up what a transaction has reserved; whether it had.
    pub fn cancel(&mut self, tx: TxId) -> bool {
        self.held.remove(&tx).is_some()
    }

    /// Takes a branch's amounts out of what is reserved **without asking whether they are in it**,
    /// as a counter of frozen amounts would: what was never reserved, or is released twice, makes
    /// free what others have reserved. For variants that are broken on purpose.
    pub fn release_unchecked(&mut self, tx: TxId, ops: &[Op]) {
        self.add(tx, &holds(ops), -1);
    }

    /// Says at rest what is reserved.
    pub fn report(&self, say: &mut Vec<Note>) {
        for (&tx, holds) in self.held.iter() {
            let left = holds.iter().filter(|hold| hold.debit > 0 || hold.credit > 0);
            say.extend(left.map(|hold| Note::Reserved { tx, key: hold.key }));
        }
    }

    /// Debits and credits that are reserved of a datum.
    fn total(&self, key: Key) -> (i128, i128) {
        let holds = self.held.iter().flat_map(|(_, holds)| holds.iter());
        holds.filter(|hold| hold.key == key).fold((0, 0), |(debit, credit), hold| {
            (debit + i128::from(hold.debit), credit + i128::from(hold.credit))
        })
    }

    fn add(&mut self, tx: TxId, wanted: &[Hold], times: i64) {
        let held = self.held.entry(tx, Holds::new);
        for hold in wanted {
            let at = held.iter().position(|known| known.key >= hold.key).unwrap_or(held.len());
            if held.get(at).is_none_or(|known| known.key != hold.key) {
                held.insert(at, Hold { key: hold.key, debit: 0, credit: 0 });
            }
            let known = &mut held[at];
            known.debit = known.debit.saturating_add(hold.debit.saturating_mul(times));
            known.credit = known.credit.saturating_add(hold.credit.saturating_mul(times));
        }
        held.retain(|hold| hold.debit != 0 || hold.credit != 0);
        if held.is_empty() {
            self.held.remove(&tx);
        }
    }
}

/// What a branch needs of each datum that it changes in sum.
fn holds(ops: &[Op]) -> Holds {
    let mut sums: SmallVec<[(Key, i64); 1]> = SmallVec::new();
    for &op in ops {
        let Op::Add(key, amount) = op else { continue };
        match sums.iter_mut().find(|(known, _)| *known == key) {
            Some((_, sum)) => *sum = sum.saturating_add(amount),
            None => sums.push((key, amount)),
        }
    }
    let hold = |&(key, sum): &(Key, i64)| Hold {
        key,
        debit: sum.min(0).saturating_neg(),
        credit: sum.max(0),
    };
    sums.iter().filter(|(_, sum)| *sum != 0).map(hold).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const A: Key = Key(0);
    const T1: TxId = TxId(1);
    const T2: TxId = TxId(2);
    const T3: TxId = TxId(3);

    fn ten() -> (Reservations, LocalStore, [KeySpec; 1]) {
        let key = KeySpec { name: "a".into(), initial: 10, min: Some(0), max: Some(15) };
        let keys = [key];
        (Reservations::default(), LocalStore::new(&keys), keys)
    }

    #[test]
    fn a_reservation_takes_from_what_is_free_and_not_from_the_value() {
        let (mut reserved, mut store, keys) = ten();
        assert_eq!(reserved.reserve(T1, &[Op::Add(A, -7)], &store, &keys), Ok(()));
        assert_eq!(store.values(), [10]);
        let refused = reserved.reserve(T2, &[Op::Add(A, -4)], &store, &keys);
        assert_eq!(refused, Err(Refusal::Constraint(A)));
        assert!(!reserved.holds(T2), "a refusal leaves nothing");
        assert_eq!(reserved.reserve(T2, &[Op::Add(A, -3)], &store, &keys), Ok(()));
        let mut say = Vec::new();
        reserved.report(&mut say);
        assert_eq!(say, [T1, T2].map(|tx| Note::Reserved { tx, key: A }));
        assert_eq!(*reserved.confirm(T1, &mut store), [(A, 3)]);
        assert!(reserved.cancel(T2) && !reserved.cancel(T2));
        assert_eq!((store.values(), reserved), (&[3][..], Reservations::default()));
    }

    #[test]
    fn a_credit_takes_room_that_no_debit_makes_before_it_is_confirmed() {
        let (mut reserved, mut store, keys) = ten();
        assert_eq!(reserved.reserve(T1, &[Op::Add(A, 5)], &store, &keys), Ok(()));
        assert_eq!(reserved.reserve(T2, &[Op::Add(A, -5)], &store, &keys), Ok(()));
        let full = Err(Refusal::Constraint(A));
        assert_eq!(reserved.reserve(T3, &[Op::Add(A, 1)], &store, &keys), full);
        assert_eq!(*reserved.confirm(T2, &mut store), [(A, 5)]);
        assert_eq!(reserved.reserve(T3, &[Op::Add(A, 1)], &store, &keys), Ok(()));
        assert_eq!(*reserved.confirm(T3, &mut store), [(A, 6)]);
        assert_eq!(*reserved.confirm(T1, &mut store), [(A, 11)]);
        assert_eq!(reserved.confirm(T1, &mut store), Writes::new(), "it is used");
    }

    #[test]
    fn a_branch_counts_in_sum_and_reading_reserves_nothing() {
        let (mut reserved, store, keys) = ten();
        let twice = [Op::Add(A, -6), Op::Add(A, -6)];
        assert_eq!(reserved.reserve(T1, &twice, &store, &keys), Err(Refusal::Constraint(A)));
        let nothing = [Op::Add(A, -10), Op::Read(A), Op::Add(A, 10)];
        assert_eq!(reserved.reserve(T1, &nothing, &store, &keys), Ok(()));
        assert!(!reserved.holds(T1));
    }

    #[test]
    fn releasing_what_was_never_reserved_frees_what_others_have() {
        let (mut reserved, mut store, keys) = ten();
        assert_eq!(reserved.reserve(T1, &[Op::Add(A, -10)], &store, &keys), Ok(()));
        reserved.release_unchecked(T2, &[Op::Add(A, -10)]);
        assert_eq!(reserved.reserve(T3, &[Op::Add(A, -10)], &store, &keys), Ok(()));
        reserved.confirm(T1, &mut store);
        reserved.confirm(T3, &mut store);
        assert_eq!(store.values(), [-10], "it was sold twice");
        assert_eq!(reserved.reserve(T2, &[Op::Add(A, -10)], &store, &keys), full());
    }

    fn full() -> Result<(), Refusal> {
        Err(Refusal::Constraint(A))
    }

    #[test]
    fn releasing_what_was_reserved_is_a_cancel() {
        let (mut reserved, store, keys) = ten();
        assert_eq!(reserved.reserve(T1, &[Op::Add(A, -10)], &store, &keys), Ok(()));
        reserved.release_unchecked(T1, &[Op::Add(A, -10)]);
        assert_eq!(reserved, Reservations::default());
    }
}
