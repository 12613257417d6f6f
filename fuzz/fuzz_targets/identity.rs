//! Which EKS cluster a kubeconfig names.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| kubectl_fargate::fuzzed::identity(bytes));
