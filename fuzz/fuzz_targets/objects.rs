//! A cluster's objects from the bytes of a file, explained and drawn.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| kubectl_fargate::fuzzed::objects(bytes));
