//! JSON that arrives in pieces.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| kubectl_fargate::fuzzed::pieces(bytes));
