//! AWS itself: how it is reached, what went wrong where it was not, and what it tells beside the profiles.

mod access;
mod connection;
mod ec2;
mod named;
mod network;
mod optional;
mod surroundings;
mod target;
mod trouble;

pub use connection::{Connection, connect};
pub use named::profile_names;
pub use surroundings::{Surroundings, read as read_surroundings};
pub use target::{EksFlags, EksTarget};
pub use trouble::{Action, Trouble, is_gone};
