//! What protocols share: transactions and the data that they change, the notes that properties
//! are judged by, local stores.

/// How long those wait who try again and again.
pub mod back_off;
pub mod broker;
/// Services, their data, and what clients ask of them.
pub mod business;
/// What one transaction costs when nothing fails.
pub mod costs;
/// What services carry out.
pub mod deed;
/// What a participant remembers of transactions that are over.
pub mod finished;
/// What processes say of themselves.
pub mod note;
/// Sets of processes.
pub mod processes;
/// What is reserved and not yet used.
pub mod reservations;
/// How often something is tried again.
pub mod retry;
/// Which processes there are for a business.
pub mod services;
/// A service's data, with locks and constraints.
pub mod store;
/// Transactions and their branches.
pub mod transaction;

pub use business::{Business, Generator, KeySpec, Pick, Service, Transactions};
pub use deed::Deed;
pub use finished::{Finished, Oldest, Snapshot};
pub use note::{Note, Outcome, Standing, Vote};
pub use processes::Processes;
pub use reservations::Reservations;
pub use retry::Retry;
pub use services::COORDINATOR;
pub use store::{LocalStore, Refusal, Writes};
pub use transaction::{Branch, Key, Op, Ops, Part, Parties, Places, Transaction, TxId, Work};
