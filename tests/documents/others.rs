//! Commands in documents that are not ours: how each is tested, or why it is not run.

/// A block that is run as it stands, in an empty folder.
pub struct Run {
    pub document: &'static str,
    /// What tells the block.
    pub begins: &'static str,
    /// Its commands, each of which it has once or more.
    pub commands: &'static [&'static str],
    /// What is copied from the repository before.
    pub needs: &'static [&'static str],
    /// What is written before: names and texts.
    pub files: &'static [(&'static str, &'static str)],
    /// What is there afterwards.
    pub makes: &'static [&'static str],
}

/// Run by these tests, word for word.
pub const RUN_AS_THEY_ARE: &[Run] = &[
    Run {
        document: "docs/k9s/README.md",
        begins: "cp docs/k9s",
        commands: &[
            "mkdir -p ${XDG_CONFIG_HOME:-$HOME/.config}/k9s",
            "cp docs/k9s/plugins.yaml ${XDG_CONFIG_HOME:-$HOME/.config}/k9s/plugins.yaml",
        ],
        needs: &["docs/k9s"],
        files: &[],
        makes: &[".config/k9s/plugins.yaml"],
    },
    Run {
        document: "fuzz/README.md",
        begins: "mkdir -p fuzz/corpus",
        commands: &[
            "mkdir -p fuzz/corpus/{profiles,objects,pieces,words,pattern,quantity,identity}",
            "find tests/forms tests/scenarios -type f ! -name *.md ! -name *.txt ! -name expected.yaml",
            "read -r file",
            "echo $file",
            "tr / _",
            "cp $file fuzz/corpus/objects/$name",
            "printf \\005",
            "cat $file",
            "cp $file fuzz/corpus/profiles/$name",
            "grep -rhoE message: .* tests/scenarios --include=*.yaml",
            "sort -u",
            "split -l 1 - fuzz/corpus/words/message-",
            "printf apps-*\\0apps-x",
            "printf 1.5Gi",
            "printf arn:aws:eks:eu-west-1:111122223333:cluster/prod\\n\\n\\nABC.gr7.eu-west-1.eks.amazonaws.com\\n\\naws\\neks\\nget-token\\n--cluster-name\\nprod",
            "grep -rhoE [A-Za-z][A-Za-z0-9_:./-]{2,50} tests/forms",
            "sed s/.*/\"&\"/",
        ],
        // Two scenarios do as well as all of them.
        needs: &[
            "tests/forms",
            "tests/scenarios/fargate-capacity-unavailable",
            "tests/scenarios/label-with-a-typo",
        ],
        files: &[],
        makes: &[
            "fuzz/corpus/profiles",
            "fuzz/corpus/pattern/star",
            "fuzz/corpus/quantity/gibibytes",
            "fuzz/corpus/identity/aws",
            "fuzz/corpus/words.dict",
            "fuzz/corpus/words/message-aa",
        ],
    },
    Run {
        document: "krew/README.md",
        begins: "krew/manifest > plugin.yaml",
        commands: &["krew/manifest", "krew/release check v0.1.0"],
        needs: &["krew", "Cargo.toml"],
        // As the step before says.
        files: &[("CHANGELOG.md", "## [0.1.0]\n\n- It is there.\n")],
        makes: &["plugin.yaml"],
    },
];

/// Not run by these tests, word for word, with where they are, or why they are not.
pub const ELSEWHERE: &[(&str, &[&str])] = &[
    (
        "the tests themselves, which cannot run each other",
        &[
            "tests/run",
            "tests/run --quick",
            "cargo test --lib decision::rules",
            "cargo test --lib inside::",
            "cargo test --lib inside::hostile_bytes",
            "cargo test --lib inside::reports",
            "cargo test --test docs",
            "cargo test --test pictures",
            "cargo test --test readme",
            "cargo test --test render",
            "cargo test --test scenarios",
        ],
    ),
    (
        "tests/live/krew.rs does the same with an index, an archive and a folder of its own",
        &[
            "kubectl krew index add fargate https://github.com/kubectl-fargate/krew-index.git",
            "kubectl krew install fargate/fargate",
            "kubectl krew install --manifest=fargate.yaml --archive=dist/kubectl-fargate-linux-amd64.tar.gz",
            "kubectl krew upgrade fargate",
            "kubectl krew uninstall fargate",
            "krew/manifest --sums dist/SHA256SUMS --partial",
        ],
    ),
    (
        "tests/run does the same before the tests, into a folder of its own",
        &["krew/package --profile dev --out dist"],
    ),
    (
        "builds everything anew, for minutes or hours",
        &[
            "benches/run",
            "benches/run --only live",
            "benches/run --quick",
            "benches/run --write",
            "cargo install --locked --path .",
            "cargo mutants --in-place --file src/decision/rules/timing/*.rs",
            "cargo mutants --in-place --shard 0/50 --sharding round-robin",
            "cargo test --lib --no-run",
            "cd ../mutants",
            "cp -a . ../mutants",
            "krew/package linux-arm64",
        ],
    ),
    (
        "needs nightly Rust",
        &[
            "export CARGO_PROFILE_RELEASE_OPT_LEVEL=1",
            "cargo +nightly fuzz build -s none",
            "cargo +nightly fuzz run -s none $target -- $limits -dict=fuzz/corpus/words.dict",
            "cargo +nightly fuzz run -s none $target -- $limits -max_len=256",
            "cargo +nightly fuzz run -s none identity -- $limits -max_len=4096",
            "cargo +nightly fuzz run -s none words -- $limits -max_len=4096 -dict=fuzz/corpus/words.dict",
        ],
    ),
    (
        "fetches a program from the network",
        &[
            "cargo install cargo-fuzz --locked",
            "cargo install cargo-mutants --locked",
            "python3 -m venv zig",
            "zig/bin/pip install ziglang cargo-zigbuild",
            "rustup target add aarch64-unknown-linux-musl",
        ],
    ),
    (
        "needs what somebody else has deployed; what it prints is in tests/forms",
        &[
            "cdk synth --quiet",
            "eksctl get fargateprofile --cluster prod -o json",
            "pulumi preview --json",
            "pulumi stack export",
            "terraform plan -out plan.out",
            "terraform show -json",
            "terraform show -json plan.out",
        ],
    ),
    (
        "needs a release",
        &[
            "gh attestation verify kubectl-fargate-linux-amd64.tar.gz --repo kubectl-fargate/kubectl-fargate",
            "cosign verify-blob SHA256SUMS --bundle SHA256SUMS.sigstore.json --certificate-identity-regexp ^https://github.com/kubectl-fargate/kubectl-fargate/.github/workflows/release.yml@refs/tags/v --certificate-oidc-issuer https://token.actions.githubusercontent.com",
            "sha256sum --check --ignore-missing SHA256SUMS",
        ],
    ),
    (
        "looks through what the kubectl before it prints",
        &[
            "grep -E hostNetwork|hostPID|hostIPC",
            "grep -o nodeName[^,}]*",
            "grep -i fargateprofile",
        ],
    ),
    (
        "makes the folder that the kubectl after it writes to",
        &["mkdir -p cluster"],
    ),
];
