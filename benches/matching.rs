//! How many pods a second are matched, and how long a pod takes to be decided: `cargo run --release --example matching`.
//!
//! 100 profiles of five selectors with five labels each, and pods of 40,000 distinct sets of labels in 400 namespaces. Each row is
//! the same matcher that `explain` asks. `each set once` is what a set of labels costs that was never seen before; the rows below
//! it are what `explain` does with a million pods of 40,000 sets, which it meets one after the other, as it sorts pods by name.

use std::collections::BTreeMap;
use std::hint::black_box;
use std::io::{self, Write};
use std::sync::Arc;
use std::time::{Duration, Instant};

use kubectl_fargate::decision::facts::{
    ClusterSnapshot, FargateProfile, Labels, OwnerReference, Pattern, Pod, PodPhase, PodSpec,
    ProfileKnowledge, ProfileOrigin, Profiles, Selector, Shared,
};
use kubectl_fargate::decision::placement::Cluster;
use kubectl_fargate::decision::placement::matcher::Matcher;
use kubectl_fargate::decision::verdict::explain_among;

const PROFILES: usize = 100;
const NAMESPACES: usize = 400;
const SETS: usize = 40_000;
const PODS: usize = 1_000_000;

/// The kinds of patterns that the selectors are made of.
#[derive(Clone, Copy)]
enum Patterns {
    /// No wildcard at all.
    Exact,
    /// A star at the end of each.
    Prefixes,
    /// A star at the beginning of each.
    Suffixes,
    /// Stars on both sides, and a question mark.
    Inside,
}

impl Patterns {
    const ALL: [(Self, &'static str); 4] = [
        (Self::Exact, "exact"),
        (Self::Prefixes, "web-*"),
        (Self::Suffixes, "*-web"),
        (Self::Inside, "*w?b*"),
    ];

    fn of(self, text: &str) -> String {
        match self {
            Self::Exact => text.to_owned(),
            Self::Prefixes => format!("{text}*"),
            Self::Suffixes => format!("*{text}"),
            Self::Inside => format!("*{}?{}*", &text[..2], &text[3..]),
        }
    }
}

fn namespace(set: usize) -> String {
    format!("team-{:03}-prod", set % NAMESPACES)
}

fn labels(set: usize) -> Labels {
    let number = set / NAMESPACES;
    Labels::from([
        ("app", format!("app{:03}-web{:03}", number % 100, number)),
        ("app.kubernetes.io/name", format!("name-{set:05}-name")),
        ("component", format!("part{:03}-x", number % 97)),
        ("pod-template-hash", format!("{:09x}", set * 7919)),
        ("team", format!("team{:03}-core", set % NAMESPACES)),
        ("tier", format!("tier{:03}-t", number % 11)),
        ("track", "stable".to_owned()),
        ("zone", format!("zone{:03}-z", number % 3)),
    ])
}

fn profiles(patterns: Patterns) -> Profiles {
    let list = (0..PROFILES).map(|profile| {
        let selectors = (0..5).map(|index| {
            let set = (profile * 5 + index) * 79 % SETS;
            let like = labels(set);
            let keys = ["app", "component", "team", "tier", "zone"];
            let pairs = keys.map(|key| {
                let value = like.get(key).expect("each set has these labels");
                (key, patterns.of(value))
            });
            let namespace = match patterns {
                Patterns::Exact => namespace(set),
                _ => format!("{}*", &namespace(set)[..6]),
            };
            Selector::new(namespace, pairs)
        });
        let mut one = FargateProfile::named(format!("profile-{profile:03}"), ProfileOrigin::Demo);
        one.selectors = Some(selectors.collect());
        one
    });
    Profiles::new(list.collect(), ProfileKnowledge::Complete)
}

fn pod(
    number: usize,
    namespace: &str,
    labels: &Labels,
    owners: &Shared<Vec<OwnerReference>>,
) -> Pod {
    Pod {
        namespace: namespace.into(),
        name: format!("pod-{number:07}"),
        uid: Default::default(),
        labels: labels.clone(),
        annotations: Shared::default(),
        owners: owners.clone(),
        created_at: None,
        deleted_at: None,
        node_name_by_creator: false,
        spec: Shared::default(),
        node_name: Some("ip-10-0-0-1.eu-west-1.compute.internal".into()),
        phase: PodPhase::Running,
        status_reason: None,
        status_message: None,
        conditions: Shared::default(),
        containers: Shared::default(),
    }
}

/// The best of three runs.
fn time(mut run: impl FnMut()) -> Duration {
    let once = |run: &mut dyn FnMut()| {
        let start = Instant::now();
        run();
        start.elapsed()
    };
    (0..3)
        .map(|_| once(&mut run))
        .min()
        .expect("there are three runs")
}

fn per_second(count: usize, took: Duration) -> f64 {
    count as f64 / took.as_secs_f64() / 1e6
}

fn matching(out: &mut impl Write) -> io::Result<()> {
    writeln!(out, "Matching, in millions of pods a second\n")?;
    writeln!(
        out,
        "{:10} {:>16} {:>16}",
        "patterns", "each set once", "1,000,000 pods"
    )?;
    let sets: Vec<(String, Labels)> = (0..SETS).map(|set| (namespace(set), labels(set))).collect();
    for (patterns, name) in Patterns::ALL {
        let profiles = profiles(patterns);
        let matcher = Matcher::of(&profiles);
        let once = time(|| {
            for (namespace, labels) in &sets {
                black_box(matcher.fits(namespace, labels));
            }
        });
        let many = time(|| {
            let mut known = None;
            for number in 0..PODS {
                let set = number * SETS / PODS;
                let Some((namespace, labels)) = sets.get(set) else {
                    continue;
                };
                // What `explain` shares among pods that are alike is told by the same address.
                let address = labels.address();
                if known.as_ref().is_none_or(|(last, _)| *last != address) {
                    known = Some((address, Arc::new(matcher.fits(namespace, labels))));
                }
                black_box(&known);
            }
        });
        writeln!(
            out,
            "{name:10} {:>16.1} {:>16.1}",
            per_second(SETS, once),
            per_second(PODS, many)
        )?;
    }
    Ok(())
}

fn deciding(out: &mut impl Write) -> io::Result<()> {
    writeln!(
        out,
        "\nDeciding a pod without a claim on an EC2 node, in microseconds\n"
    )?;
    writeln!(
        out,
        "{:10} {:>16} {:>16}",
        "patterns", "each set once", "25 replicas"
    )?;
    for (patterns, name) in Patterns::ALL {
        let mut cells = Vec::new();
        for replicas in [1, 25] {
            let mut snapshot = ClusterSnapshot::empty(jiff::Timestamp::UNIX_EPOCH);
            snapshot.profiles = profiles(patterns);
            let owners = Shared::default();
            let count = 20_000;
            for number in 0..count {
                let set = number / replicas;
                snapshot
                    .pods
                    .push(pod(number, &namespace(set), &labels(set), &owners));
            }
            share_labels(&mut snapshot.pods);
            let took = time(|| {
                let cluster = Arc::new(Cluster::of(&snapshot));
                for pod in &snapshot.pods {
                    black_box(explain_among(&cluster, pod).findings.len());
                }
            });
            cells.push(took.as_secs_f64() * 1e6 / count as f64);
        }
        writeln!(out, "{name:10} {:>16.2} {:>16.2}", cells[0], cells[1])?;
    }
    Ok(())
}

/// As collecting them does.
fn share_labels(pods: &mut [Pod]) {
    let mut last: Option<Labels> = None;
    let spec: Shared<PodSpec> = Shared::default();
    let annotations: Shared<BTreeMap<String, String>> = Shared::default();
    for pod in pods {
        match &last {
            Some(labels) if *labels == pod.labels => pod.labels = labels.clone(),
            _ => last = Some(pod.labels.clone()),
        }
        pod.spec = spec.clone();
        pod.annotations = annotations.clone();
    }
}

fn adversaries(out: &mut impl Write) -> io::Result<()> {
    writeln!(
        out,
        "\nPatterns made to be slow, in nanoseconds a character of the text\n"
    )?;
    writeln!(
        out,
        "{:24} {:>10} {:>10} {:>10}",
        "pattern", "63", "4,096", "1,000,000"
    )?;
    for (name, pattern) in [
        ("*a*a*a…*b*", format!("{}*b*", "*a".repeat(2000))),
        ("*aaa…b*", format!("*{}b*", "a".repeat(4000))),
        ("*a?a?a…b*", format!("*{}b*", "a?".repeat(2000))),
        ("*?*?*?…b?*", format!("{}*b?*", "*?".repeat(2000))),
    ] {
        write!(out, "{name:24}")?;
        for length in [63, 4096, 1_000_000] {
            // No longer than the text, as otherwise it cannot fit at all.
            let pattern = Pattern::new(
                pattern
                    .chars()
                    .take(length - 2)
                    .chain("b*".chars())
                    .collect::<String>(),
            );
            let text = "a".repeat(length);
            let rounds = 1_000_000 / length;
            let took = time(|| {
                for _ in 0..rounds {
                    black_box(pattern.matches(black_box(&text)));
                }
            });
            write!(
                out,
                " {:>10.2}",
                took.as_secs_f64() * 1e9 / (rounds * length) as f64
            )?;
        }
        writeln!(out)?;
    }
    Ok(())
}

fn main() -> io::Result<()> {
    let mut out = io::stdout().lock();
    matching(&mut out)?;
    deciding(&mut out)?;
    adversaries(&mut out)
}
