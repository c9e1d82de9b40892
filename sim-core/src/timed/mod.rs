//! The timed executor: a discrete-event loop over `(time, sequence)` in virtual nanoseconds.
//!
//! A run has a safety phase, in which faults happen, and from [`crate::fault::FaultPlan::healing`]
//! on a liveness phase, in which none do and every host is up but those that never restart.
//!
//! A process that waits for its disk, or whose host stands still, takes no event; what arrives
//! meanwhile waits in its inbox, in order, and dies with it in a crash.

mod directions;
mod dispatch;
mod due;
mod effects;
mod inject;
mod outside;
mod parts;
mod record;
mod script;
mod simulation;
mod world;

pub(crate) use directions::{Directions, Travel};
pub use simulation::{Outcome, Simulation};
pub use world::{Limits, MakeMonitors, Monitors, World};
