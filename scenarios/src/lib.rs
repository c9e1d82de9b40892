//! Scenario files: a RON text goes in, and a typed, validated [`Scenario`] comes out, or all that
//! is wrong with the text, each with its place.
//!
//! ```
//! use dtxsim_scenarios::{Source, parse};
//!
//! let source = Source::new("transfer.ron", r#"(
//!     services: {"bank": (keys: {"alice": (initial: 100, min: 0)})},
//!     transactions: [(name: "t", branches: {"bank": [debit("alise", 1)]})],
//!     protocol: two_phase_commit,
//! )"#);
//! let wrong = parse(&source).expect_err("there is no key `alise`");
//! assert_eq!(wrong[0].message, "`bank` has no key `alise`");
//! assert_eq!(wrong[0].help, ["did you mean `alice`?"]);
//! ```
//!
//! *Invariant:* nothing here runs a world or decides a verdict; no text makes it panic.

mod decode;
mod diagnostic;
mod digest;
mod explore;
mod names;
mod recast;
mod scenario;
mod source;
mod syntax;
mod walk;

pub use diagnostic::{Diagnostic, Position};
pub use explore::{Explore, Objection};
pub use recast::{Unfit, parse_as, split_protocols};
pub use scenario::{Expect, Mode, Scenario, parse};
pub use source::Source;
pub use walk::{Tactics, Walk};
