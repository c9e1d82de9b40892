//! Worlds to measure, and the bare loop that the engine is measured against.
//!
//! *Invariant:* nobody who uses dtxsim needs this package.

pub mod bare;
pub mod same_job;
pub mod worlds;
