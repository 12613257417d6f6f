//! The report about a suggested profile: `suggest`.

mod assemble;
pub mod model;
mod summary;
mod warnings;
mod words;

pub use assemble::assemble;
pub use model::SuggestionReport;
