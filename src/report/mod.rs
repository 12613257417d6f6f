//! The contract with machines: what `-o json` prints, and what every other format is drawn from.

pub mod assemble;
pub mod change;
pub mod entries;
pub mod model;
pub mod permissions;
pub mod profiles;
pub mod size;
pub mod suggestion;
pub mod summary;
pub mod until;

pub use assemble::assemble;
pub use entries::Entries;
pub use model::{NodeReport, PodReport, Report};
pub use permissions::Permissions;
pub use suggestion::SuggestionReport;
