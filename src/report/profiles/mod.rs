//! The answer of `profiles`.

pub mod assemble;
pub mod model;

pub use assemble::assemble;
pub use model::ProfileReport;
