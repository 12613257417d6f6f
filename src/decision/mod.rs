//! The pure core: from what was read to a verdict. No I/O, no waiting, no clock: the same snapshot always gives the same verdict.

pub mod facts;
pub mod finding;
pub mod placement;
pub mod reason;
pub mod rules;
pub mod sizing;
pub mod suggest;
pub mod survey;
pub mod verdict;

pub use verdict::{Verdict, explain, explain_template};
