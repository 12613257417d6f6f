//! What the scheduler and the kubelet say about a pod.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| kubectl_fargate::fuzzed::words(bytes));
