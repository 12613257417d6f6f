//! The answer of `profiles`.

pub mod model;

pub use model::ProfileReport;
