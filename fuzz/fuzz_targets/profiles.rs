//! Profiles from the bytes of a file.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| kubectl_fargate::fuzzed::profiles(bytes));
