//! What Cargo's profiles cannot say of the release binary.

use std::env;

/// Discards the tables by which a stack is unwound: a tenth of the binary, and no code of ours unwinds, since the release aborts
/// where it panics. Rust's own flag for that, `-C force-unwind-tables=no`, would hold for the tests too, which do unwind.
const NO_UNWIND_TABLES: &str = "krew/no-unwind-tables.ld";

#[expect(clippy::disallowed_macros, reason = "Cargo reads standard output")]
fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed={NO_UNWIND_TABLES}");
    let is = |name: &str, wanted: &str| env::var(name).is_ok_and(|value| value == wanted);
    // `PROFILE` is `release` for every profile that is made after it.
    if is("CARGO_CFG_TARGET_OS", "linux") && is("PROFILE", "release") {
        let root =
            env::var("CARGO_MANIFEST_DIR").expect("Cargo tells build scripts where they are");
        println!("cargo::rustc-link-arg-bins=-Wl,--no-eh-frame-hdr,-T,{root}/{NO_UNWIND_TABLES}");
    }
}
