use dtxsim_core::Table;
use smallvec::SmallVec;

use super::message::Operation;
use crate::common::TxId;

/// What a service remembers of the branches that it was asked about: its barrier rows, and how
/// often its log has each operation.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Barrier {
    rows: Table<TxId, Rows>,
    /// The coordinator still knows of transactions from this one on.
    oldest: TxId,
}

/// In the order in which they came.
type Rows = SmallVec<[Row; 2]>;

/// Of one branch and operation.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Row {
    /// Which.
    pub operation: Operation,
    /// How often it was carried out, three for three or more; zero if there was nothing to do.
    pub times: u8,
    /// Whether a call finds it: if not, it was carried out and the row is not written yet.
    pub found: bool,
}

impl Default for Barrier {
    fn default() -> Self {
        Barrier { rows: Table::new(), oldest: TxId(0) }
    }
}

impl Barrier {
    /// Whether a call that comes now finds that operation's row.
    pub fn has(&self, tx: TxId, operation: Operation) -> bool {
        let mut rows = self.rows.get(&tx).into_iter().flatten();
        rows.any(|row| row.operation == operation && row.found)
    }

    /// An operation was carried out once more, or there was nothing to do; `found` if its row is
    /// written as well.
    pub fn did(&mut self, tx: TxId, operation: Operation, (changed, found): (bool, bool)) {
        let row = self.row(tx, operation);
        row.times = row.times.saturating_add(u8::from(changed)).min(3);
        row.found |= found;
    }

    /// The row of an operation is written by itself.
    pub fn write(&mut self, tx: TxId, operation: Operation) {
        self.row(tx, operation).found = true;
    }

    fn row(&mut self, tx: TxId, operation: Operation) -> &mut Row {
        let rows = self.rows.entry(tx, Rows::new);
        let place = rows.iter().position(|row| row.operation == operation);
        let place = place.unwrap_or_else(|| {
            rows.push(Row { operation, times: 0, found: false });
            rows.len() - 1
        });
        &mut rows[place]
    }

    /// The coordinator has forgotten all transactions before that one: nothing that comes about
    /// them will ever be new.
    pub fn forget_before(&mut self, oldest: TxId) {
        self.oldest = self.oldest.max(oldest);
        let oldest = self.oldest;
        self.rows.retain(|&tx, _| tx >= oldest);
    }

    /// Whether a transaction is over and forgotten: whatever comes about it is late.
    pub fn forgot(&self, tx: TxId) -> bool {
        tx < self.oldest
    }

    /// From here on transactions are remembered.
    pub fn oldest(&self) -> TxId {
        self.oldest
    }

    /// All rows, in the order of transactions.
    pub fn iter(&self) -> impl Iterator<Item = (TxId, &[Row])> {
        self.rows.iter().map(|(&tx, rows)| (tx, rows.as_slice()))
    }

    /// The transactions that were tried and neither confirmed nor cancelled.
    pub fn open(&self) -> impl Iterator<Item = TxId> + '_ {
        let is_open = |rows: &[Row]| rows.iter().all(|row| row.operation == Operation::Try);
        self.iter().filter(move |(_, rows)| is_open(rows)).map(|(tx, _)| tx)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const T: TxId = TxId(3);

    #[test]
    fn what_was_done_is_found_once_its_row_is_written() {
        let mut barrier = Barrier::default();
        barrier.did(T, Operation::Try, (true, false));
        assert!(!barrier.has(T, Operation::Try));
        assert_eq!(barrier.open().collect::<Vec<_>>(), [T]);
        barrier.write(T, Operation::Try);
        assert!(barrier.has(T, Operation::Try) && !barrier.has(T, Operation::Cancel));
        barrier.did(T, Operation::Cancel, (false, true));
        assert_eq!(barrier.open().count(), 0);
        let rows = [(Operation::Try, 1), (Operation::Cancel, 0)];
        let rows = rows.map(|(operation, times)| Row { operation, times, found: true });
        assert_eq!(barrier.iter().collect::<Vec<_>>(), [(T, &rows[..])]);
    }

    #[test]
    fn counting_ends_at_three() {
        let mut barrier = Barrier::default();
        for _ in 0..9 {
            barrier.did(T, Operation::Confirm, (true, true));
        }
        assert_eq!(barrier.iter().map(|(_, rows)| rows[0].times).collect::<Vec<_>>(), [3]);
    }

    #[test]
    fn what_the_coordinator_has_forgotten_is_forgotten() {
        let mut barrier = Barrier::default();
        barrier.did(T, Operation::Try, (true, true));
        barrier.forget_before(TxId(4));
        barrier.forget_before(TxId(1));
        assert!(barrier.forgot(T) && !barrier.has(T, Operation::Try));
        assert!(!barrier.forgot(TxId(4)));
    }
}
