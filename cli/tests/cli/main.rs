//! The program as its users see it: output, exit codes, and what becomes of bad input.

mod bad_input;
mod compare;
mod demo;
mod explore;
mod library;
mod output;
mod paths;
mod replay;
mod runs;
mod shrink;
mod signals;
mod states;
mod timed;
mod tool;
mod walks;
