//! The timed executor's promises, each with a protocol that does just what the test says.

mod coverage;
mod faults;
mod growth;
mod nodes;
mod order;
mod reordered;
mod sweeps;
mod toy;
mod walks;
