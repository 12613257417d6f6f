//! One TLS stack and one crypto provider in the whole tree, on every platform: rustls with ring.
//!
//! A second provider makes rustls refuse to pick one at run time, and the AWS SDK's default features bring an older hyper and
//! rustls along unnoticed.

use std::{
    collections::{BTreeMap, BTreeSet},
    process::Command,
};

/// Returns the versions of every package that is built into the binary, or builds it, for any platform.
fn packages() -> BTreeMap<String, BTreeSet<String>> {
    let output = Command::new(env!("CARGO"))
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .args([
            "tree",
            "--locked",
            "--edges",
            "normal,build",
            "--target",
            "all",
            "--prefix",
            "none",
        ])
        .output()
        .expect("cargo runs: it runs this test");
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "cargo tree failed: {error}");
    let mut packages: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for line in String::from_utf8_lossy(&output.stdout).lines() {
        let mut words = line.split_whitespace();
        if let (Some(name), Some(version)) = (words.next(), words.next()) {
            packages
                .entry(name.to_owned())
                .or_default()
                .insert(version.to_owned());
        }
    }
    packages
}

#[test]
fn one_tls_stack_and_one_crypto_provider() {
    let packages = packages();
    for once in [
        "rustls",
        "rustls-webpki",
        "hyper",
        "hyper-rustls",
        "tokio-rustls",
        "h2",
        "ring",
    ] {
        let versions = packages.get(once).cloned().unwrap_or_default();
        assert_eq!(
            versions.len(),
            1,
            "{once} must be there in one version, found {versions:?}"
        );
    }
    for never in [
        "aws-lc-rs",
        "aws-lc-sys",
        "aws-lc-fips-sys",
        "boring",
        "boring-sys",
        "mbedtls",
        "native-tls",
        "openssl",
        "openssl-sys",
    ] {
        assert!(
            !packages.contains_key(never),
            "{never} is in the tree; `cargo tree --target all -i {never}` says who wants it"
        );
    }
}

#[test]
fn the_yaml_crate_is_a_maintained_one() {
    assert!(
        !packages().contains_key("serde_yaml"),
        "serde_yaml is no longer maintained; use serde-saphyr"
    );
}
