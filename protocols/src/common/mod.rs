//! What protocols share: transactions and the data that they change, the notes that properties
//! are judged by, local stores.

/// Services, their data, and what clients ask of them.
pub mod business;
/// What processes say of themselves.
pub mod note;
/// A service's data, with locks and constraints.
pub mod store;
/// Transactions and their branches.
pub mod transaction;

pub use business::{Business, Generator, KeySpec, Pick, Service, Transactions};
pub use note::{Note, Outcome, Standing, Vote};
pub use store::LocalStore;
pub use transaction::{Branch, Key, Op, Ops, Part, Parties, Transaction, TxId, Work};
