//! The contract with machines: what `-o json` prints, and what every other format is drawn from.

pub mod model;

pub use model::{NodeReport, PodReport, Report};
