//! Isolation, judged on the direct serialisation graph.
//!
//! Sources: Adya, *Weak Consistency: A Generalized Theory and Optimistic Implementations for
//! Distributed Transactions*, MIT 1999 (the graph, G0, G1a, G1b, G1c, G-single, G2-item); Kingsbury
//! & Alvaro, *Elle: Inferring Isolation Anomalies from Experimental Observations*, VLDB 2020 (lost
//! update, dirty update, and the text form of a cycle).
//!
//! A [`History`] is what transactions read and wrote. Its graph has a node for each transaction
//! that committed, and three kinds of edges:
//!
//! | edge | from | to |
//! |---|---|---|
//! | `ww` | who installed a version | who installed the next one |
//! | `wr` | who wrote a version | who read it |
//! | `rw` | who read a version | who installed the next one |
//!
//! A version is *installed* if its writer committed and wrote no later one of the same datum. A
//! transaction depends on another if there is a path; in a serial order that explains the history
//! whoever depends comes later. So there is such an order if and only if there is no cycle, and
//! nobody who committed has read what was never installed.
//!
//! | anomaly | |
//! |---|---|
//! | G0 | a cycle of `ww` |
//! | G1a | who committed has read what one who aborted wrote |
//! | G1b | who committed has read what its writer then wrote again |
//! | G1c | a cycle of `ww` and `wr`, at least one of them `wr` |
//! | G-single | a cycle with exactly one `rw` |
//! | G2-item | a cycle with two or more `rw` |
//! | lost update | two that committed have read the same version and written the datum |
//! | dirty update | who committed has written a version after that of one who aborted |
//!
//! For each kind the shortest cycle is the witness. Every one that is named is there, and if there
//! is any then one is named; of G2-item alone not all are found: a longer one may hide behind a
//! cycle of another kind, which is named then.

mod anomaly;
mod cycle;
mod graph;
mod history;
#[cfg(test)]
mod tests;

pub use anomaly::{Anomaly, Kind};
pub use graph::{Dependency, Graph, Reasons};
pub use history::{End, History, Version};
