//! A cluster that misbehaves: API servers, login plugins and EKS endpoints of our own that break off, lie, keep silent, are busy,
//! forget their pages or no longer know us. The binary must wait, try again, answer what it can, and say the rest; it never
//! panics, never hangs, and never gives a wrong answer.
//!
//! Faults stand in tables: a name, what the server does, what is wanted. What is wanted of every answer, whatever the fault, is
//! in [`honest`]: each pod's answer is that of the healthy cluster, or it says that something was not seen.

#[path = "../support/api_server.rs"]
mod api_server;
#[path = "../live/lab/certificates.rs"]
#[allow(dead_code, reason = "only servers are signed for here")]
mod certificates;
#[path = "../live/lab/eks_stub.rs"]
#[allow(dead_code, reason = "shared with the live tests")]
mod eks_stub;

mod cluster;
mod honest;
mod program;

mod answers;
mod connection;
#[cfg(unix)]
mod endings;
mod logins;
mod objects;
mod pages;
mod profiles;
mod sizes;
mod waiting;
