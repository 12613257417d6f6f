//! Quantities of Kubernetes.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| kubectl_fargate::fuzzed::quantity(bytes));
