use std::sync::Arc;

use dtxsim_core::Table;
use smallvec::SmallVec;

use super::business::KeySpec;
use super::note::Note;
use super::transaction::{Key, Op, TxId};

/// The data of one service, with row locks and constraints.
///
/// Strict two-phase locking, no-wait: an operation that meets another transaction's lock is
/// refused at once, so no local deadlock exists (Bernstein, Hadzilacos & Goodman, *Concurrency
/// Control and Recovery in Database Systems*, 1987, ch. 3).
///
/// Writes are computed when a transaction prepares, as after-images: committing one twice changes
/// nothing, and committing without the lock loses another's update.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct LocalStore {
    values: Vec<i64>,
    locks: Table<Key, Lock>,
}

#[derive(Clone, PartialEq, Eq, Hash, Debug)]
enum Lock {
    Shared(Vec<TxId>),
    Exclusive(TxId),
}

/// Why a store refuses an operation.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Refusal {
    /// Another transaction has locked the datum.
    Locked(Key),
    /// A constraint forbids the value.
    Constraint(Key),
}

/// After-images: each datum that a branch writes, with its new value.
pub type Writes = SmallVec<[(Key, i64); 1]>;

impl LocalStore {
    /// The data as they are at first.
    pub fn new(keys: &[KeySpec]) -> LocalStore {
        LocalStore { values: keys.iter().map(|key| key.initial).collect(), locks: Table::new() }
    }

    /// Data with these values and no locks, as a snapshot has them.
    pub fn restored(values: Vec<i64>) -> LocalStore {
        LocalStore { values, locks: Table::new() }
    }

    /// The committed values, by [`Key`].
    pub fn values(&self) -> &[i64] {
        &self.values
    }

    /// Locks all that a branch touches and computes its after-images; or changes nothing.
    ///
    /// # Errors
    /// What stands in the way.
    pub fn prepare(&mut self, tx: TxId, ops: &[Op], keys: &[KeySpec]) -> Result<Writes, Refusal> {
        let prepared = self.try_prepare(tx, ops, keys);
        if prepared.is_err() {
            self.release(tx);
        }
        prepared
    }

    fn try_prepare(&mut self, tx: TxId, ops: &[Op], keys: &[KeySpec]) -> Result<Writes, Refusal> {
        let mut writes = Writes::new();
        for &op in ops {
            let key = op.key();
            self.lock(tx, key, op.writes())?;
            let Op::Add(_, amount) = op else { continue };
            let spec = &keys[usize::from(key.0)];
            let written = writes.iter().position(|(k, _)| *k == key);
            let old = written.map_or(self.values[usize::from(key.0)], |at| writes[at].1);
            let allowed = |sum: &i64| {
                spec.min.is_none_or(|min| *sum >= min) && spec.max.is_none_or(|max| *sum <= max)
            };
            let sum = old.checked_add(amount).filter(allowed).ok_or(Refusal::Constraint(key))?;
            match written {
                Some(at) => writes[at].1 = sum,
                None => writes.push((key, sum)),
            }
        }
        Ok(writes)
    }

    fn lock(&mut self, tx: TxId, key: Key, exclusive: bool) -> Result<(), Refusal> {
        match self.locks.get_mut(&key) {
            None => {
                let lock = if exclusive { Lock::Exclusive(tx) } else { Lock::Shared(vec![tx]) };
                self.locks.insert(key, lock);
                Ok(())
            }
            Some(Lock::Exclusive(holder)) if *holder == tx => Ok(()),
            Some(Lock::Shared(holders)) if !exclusive => {
                if !holders.contains(&tx) {
                    holders.push(tx);
                }
                Ok(())
            }
            Some(lock @ Lock::Shared(_)) if *lock == Lock::Shared(vec![tx]) => {
                *lock = Lock::Exclusive(tx);
                Ok(())
            }
            Some(Lock::Exclusive(_) | Lock::Shared(_)) => Err(Refusal::Locked(key)),
        }
    }

    /// Locks again what a prepared transaction touched, as recovery must.
    ///
    /// # Panics
    /// If two transactions are prepared that could not have been at once.
    pub fn relock(&mut self, tx: TxId, ops: &[Op]) {
        for op in ops {
            let locked = self.lock(tx, op.key(), op.writes());
            assert_eq!(locked, Ok(()), "what was locked before a crash can be locked again");
        }
    }

    /// Puts after-images in.
    pub fn apply(&mut self, writes: &[(Key, i64)]) {
        for &(key, value) in writes {
            self.values[usize::from(key.0)] = value;
        }
    }

    /// One local transaction: a branch's operations happen at once, or change nothing. No lock is
    /// left; another's is in the way.
    ///
    /// # Errors
    /// What stands in the way.
    pub fn execute(&mut self, tx: TxId, ops: &[Op], keys: &[KeySpec]) -> Result<Writes, Refusal> {
        let writes = self.prepare(tx, ops, keys)?;
        self.apply(&writes);
        self.release(tx);
        Ok(writes)
    }

    /// Adds amounts **without asking for locks and constraints**; the after-images. What must not
    /// be refused has made sure of both before; what is broken on purpose has not.
    pub fn add(&mut self, ops: &[Op]) -> Writes {
        let mut writes = Writes::new();
        for &op in ops {
            let Op::Add(key, amount) = op else { continue };
            let value = &mut self.values[usize::from(key.0)];
            *value = value.saturating_add(amount);
            match writes.iter_mut().find(|(known, _)| *known == key) {
                Some((_, known)) => *known = *value,
                None => writes.push((key, *value)),
            }
        }
        writes
    }

    /// Gives up all locks of a transaction.
    pub fn release(&mut self, tx: TxId) {
        self.locks.retain(|_, lock| match lock {
            Lock::Exclusive(holder) => *holder != tx,
            Lock::Shared(holders) => {
                holders.retain(|holder| *holder != tx);
                !holders.is_empty()
            }
        });
    }

    /// Who has locked what.
    pub fn locks(&self) -> impl Iterator<Item = (TxId, Key)> + '_ {
        self.locks.iter().flat_map(|(&key, lock)| {
            let holders = match lock {
                Lock::Exclusive(holder) => std::slice::from_ref(holder),
                Lock::Shared(holders) => holders.as_slice(),
            };
            holders.iter().map(move |&tx| (tx, key))
        })
    }

    /// What a transaction has locked.
    pub fn held_by(&self, tx: TxId) -> Arc<[Key]> {
        let mine = self.locks().filter(|(holder, _)| *holder == tx);
        mine.map(|(_, key)| key).collect()
    }

    /// Says at rest how the data stand and what is locked.
    pub fn report(&self, say: &mut Vec<Note>) {
        for (n, &value) in self.values.iter().enumerate() {
            say.push(Note::Balance { key: Key(n as u16), value });
        }
        say.extend(self.locks().map(|(tx, key)| Note::Holding { tx, key }));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const A: Key = Key(0);
    const B: Key = Key(1);
    const T1: TxId = TxId(1);
    const T2: TxId = TxId(2);

    fn store() -> (LocalStore, Vec<KeySpec>) {
        let key =
            |name: &str| KeySpec { name: name.into(), initial: 10, min: Some(0), max: Some(99) };
        let keys = vec![key("a"), key("b")];
        (LocalStore::new(&keys), keys)
    }

    #[test]
    fn a_write_locks_out_everybody_else() {
        let (mut store, keys) = store();
        assert_eq!(store.prepare(T1, &[Op::Add(A, -3)], &keys), Ok([(A, 7)].into()));
        assert_eq!(store.prepare(T2, &[Op::Read(A)], &keys), Err(Refusal::Locked(A)));
        assert_eq!(
            store.prepare(T2, &[Op::Add(B, 1), Op::Add(A, 1)], &keys),
            Err(Refusal::Locked(A))
        );
        assert_eq!(store.locks().collect::<Vec<_>>(), [(T1, A)], "a refusal leaves no lock");
        store.release(T1);
        assert_eq!(store.prepare(T2, &[Op::Add(A, 1)], &keys), Ok([(A, 11)].into()));
    }

    #[test]
    fn readers_share_and_a_lone_reader_may_write() {
        let (mut store, keys) = store();
        assert_eq!(store.prepare(T1, &[Op::Read(A)], &keys), Ok(Writes::new()));
        assert_eq!(store.prepare(T2, &[Op::Read(A)], &keys), Ok(Writes::new()));
        assert_eq!(store.prepare(T1, &[Op::Add(A, 1)], &keys), Err(Refusal::Locked(A)));
        store.release(T1);
        store.release(T2);
        assert_eq!(store.prepare(T1, &[Op::Read(A), Op::Add(A, 1)], &keys), Ok([(A, 11)].into()));
    }

    #[test]
    fn constraints_see_the_sum_of_a_transaction() {
        let (mut store, keys) = store();
        let twice = [Op::Add(A, -6), Op::Add(A, -6)];
        assert_eq!(store.prepare(T1, &twice, &keys), Err(Refusal::Constraint(A)));
        assert_eq!(store.prepare(T1, &[Op::Add(A, 90)], &keys), Err(Refusal::Constraint(A)));
        assert_eq!(store.prepare(T1, &[Op::Add(A, i64::MAX)], &keys), Err(Refusal::Constraint(A)));
        let there_and_back = [Op::Add(A, -10), Op::Add(A, 10)];
        assert_eq!(store.prepare(T1, &there_and_back, &keys), Ok([(A, 10)].into()));
    }

    #[test]
    fn applying_twice_changes_nothing_more() {
        let (mut store, keys) = store();
        let writes = store.prepare(T1, &[Op::Add(A, 5)], &keys).unwrap();
        store.apply(&writes);
        store.apply(&writes);
        assert_eq!(store.values(), [15, 10]);
    }

    #[test]
    fn a_local_transaction_happens_at_once_or_not_at_all() {
        let (mut store, keys) = store();
        let both = [Op::Add(A, -3), Op::Add(B, 3)];
        assert_eq!(store.execute(T1, &both, &keys), Ok([(A, 7), (B, 13)].into_iter().collect()));
        let half = [Op::Add(A, -3), Op::Add(B, 90)];
        assert_eq!(store.execute(T2, &half, &keys), Err(Refusal::Constraint(B)));
        assert_eq!((store.values(), store.locks().count()), (&[7, 13][..], 0));
        assert!(store.prepare(T2, &[Op::Read(A)], &keys).is_ok());
        assert_eq!(store.execute(T1, &both, &keys), Err(Refusal::Locked(A)));
        assert_eq!(store.locks().collect::<Vec<_>>(), [(T2, A)], "another's lock stays");
    }

    #[test]
    fn adding_asks_nobody() {
        let (mut store, _) = store();
        let ops = [Op::Add(A, -30), Op::Read(B), Op::Add(A, 1)];
        assert_eq!(*store.add(&ops), [(A, -19)]);
        assert_eq!(store.values(), [-19, 10]);
    }
}
