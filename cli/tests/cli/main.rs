//! The program as its users see it: output, exit codes, and what becomes of bad input.

mod bad_input;
mod demo;
mod explore;
mod library;
mod output;
mod replay;
mod runs;
mod signals;
mod tool;
