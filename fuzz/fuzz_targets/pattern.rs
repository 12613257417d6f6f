//! A selector's pattern against the definition of its wildcards.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| kubectl_fargate::fuzzed::pattern(bytes));
