//! Fargate profiles, wherever they are written down.

pub mod eks_api;
