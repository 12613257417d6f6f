//! `kubectl fargate`: where each pod of an Amazon EKS cluster runs, which Fargate profile claimed it or came closest, and why.
//!
//! Data goes through the house in one direction:
//!
//! ```text
//! sources ──ClusterSnapshot──▶ decision ──Verdict──▶ report ──Report──▶ render ──▶ text
//! ```
//!
//! - [`sources`] is the only room with doors outside: the API server, the EKS API, files, the demo.
//! - [`decision`] is pure: facts in, verdict out.
//! - [`report`] is the contract with machines: what `-o json` prints.
//! - [`render`] turns a report into text for people.
//! - [`prompt`] asks the person at the terminal, and returns a choice and nothing else.
//! - [`completion`] tells what may stand where a word is being typed.
//! - [`commands`] wires them together, one file a subcommand; [`cli`] is the words of the command line.

pub mod cli;
pub mod commands;
pub mod completion;
pub mod decision;
pub mod error;
pub mod exit;
pub mod prompt;
pub mod render;
pub mod report;
pub mod sources;

// Tests in `tests/` know this crate by its name; those that are built into it use the same code.
#[cfg(test)]
extern crate self as kubectl_fargate;

// What `fuzz/` and the tests built into the library do with hostile bytes.
#[cfg(any(test, fuzzing))]
#[doc(hidden)]
#[path = "../tests/fuzzed/mod.rs"]
pub mod fuzzed;

#[cfg(test)]
#[path = "../tests/inside/mod.rs"]
mod inside;
