//! What all of this may read, and no more: one table of rights, and the role, the bindings and the IAM policy that grant them.
//!
//! Nothing is decided here. The table is the only place where a right is written down: `kubectl fargate permissions` prints it,
//! docs/permissions.md is made from it, and the live tests grant exactly it.

pub mod model;
pub mod policy;
pub mod rights;
pub mod roles;

pub use model::{Extent, Permissions, assemble};
