//! What a sweep brought, as one structure, and the ways to show it.
//!
//! [`Report`] is built by a pure function from what the core returns; renderers are pure functions
//! of a report. There is no wall-clock time in either: the same runs give the same bytes.
//!
//! *Invariant:* nothing here parses a text, runs anything, or reads the terminal or the
//! environment.

mod build;
mod coverage;
mod diagram;
mod driven;
mod expectation;
mod explored;
mod faults;
mod focus;
mod fold;
pub mod human;
mod json;
mod map;
mod paint;
mod report;
mod shrunk;
mod states;
mod steps;
pub mod table;
mod walked;

pub use build::{Meta, Witness};
pub use coverage::{
    CoverageReport, GrowingReport, GrowthReport, InputReport, MessageReport, RecordReport,
};
pub use diagram::{Style, diagram};
pub use driven::{
    Circumstances, DrivenReport, FoundReport, OpenReport, RunReport, UnrealisedReport,
};
pub use expectation::Expectation;
pub use explored::{ExplorationReport, FaultCounts, Search, telling};
pub use faults::{Words, script_names};
pub use fold::{Line, Weight, fold, full};
pub use human::Human;
pub use json::Json;
pub use map::Ordered;
pub use paint::printable;
pub use report::{
    CounterExample, Delays, DepthReport, DivergenceReport, Endings, Evidence, Extent,
    FORMAT_VERSION, FaultSum, IntervalSum, LatencySum, Messages, PropertyReport, Report, Requests,
    Runs, ScenarioName, SpreadReport, StuckReport, UnfeltReport, Writes,
};
pub use shrunk::{NeededReport, ShrunkReport};
pub use states::states;
pub use steps::{Form, steps};
pub use walked::{FoundBy, TacticReport, WalkReport, Walking, telling_walk};

/// A way to show a report.
pub trait Render {
    /// The report as text, with a newline at its end.
    fn render(&self, report: &Report) -> String;
}
