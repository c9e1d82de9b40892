//! The untimed executor: every interleaving of what can happen, within bounds.
//!
//! It calls the same [`Node::step`](crate::Node::step) as the [timed](crate::timed) one. There is
//! no clock: whatever is in flight may arrive next, whatever may go wrong may go wrong next.

mod action;
mod asleep;
mod batch;
mod bounds;
mod collapsed;
mod coverage;
mod deepening;
mod drive;
mod effects;
mod exploration;
mod findings;
mod follow;
mod growth;
mod index;
mod intern;
mod keepers;
mod layout;
mod liveness;
mod local;
mod mail;
mod met;
mod plain;
mod possible;
mod prints;
mod recent;
mod reduction;
mod replay;
mod rest;
mod schedule;
mod search;
mod settle;
mod shrink;
mod space;
mod states;
mod symmetry;
mod tally;
mod trail;
mod visited;
mod walk;
mod watch;
mod whole;
mod world;

pub use bounds::{Bounds, Budgets, Network, Timers};
pub use coverage::{
    Change, Coverage, Handled, InputCoverage, Item, MessageCoverage, RecordCoverage, Standing,
    Vocabulary,
};
pub use drive::{Clause, Contradiction, Driven, DrivenRun, Kept, Undriven, drive, retrace};
pub use exploration::{Plan, Representation, explore, visit};
pub use findings::{Counterexample, Exploration, Felt, Settling, Stuck};
pub use follow::{Followed, Lost, follow};
pub use growth::{Growing, Growth};
pub use reduction::Reductions;
pub use schedule::{Choice, Drift, Schedule, replay};
pub use search::{Caps, CutShort, Order, Progress};
pub use shrink::{Needed, ShrinkPlan, Shrunk, Unshrunk, shrink_run, shrink_schedule};
pub use symmetry::{Asymmetry, Unlike, alike};
pub use walk::{Credit, Found, Tactic, WalkPlan, WalkProgress, Walks, walk};
