//! Figures against a real API server.

use std::fs::File;
use std::process::Command;

use crate::cluster::Cluster;
use crate::measure::{Contender, in_turn, repeated, run_into};
use crate::saved::memory;
use crate::server::{PAGE, Programs, Server};
use crate::table::{Limit, Row, right_answers};
use crate::{Bench, now};

/// Against fetching the same pages with curl, and one pod against kubectl.
const PEER_LIMIT: f64 = 1.2;
/// Against kubectl, which prints all pods.
const KUBECTL_LIMIT: f64 = 0.1;
/// How much oftener questions of milliseconds are asked than those of seconds.
const SHORT: usize = 5;

/// All figures of a cluster of so many pods. `kubectl_times` says how often kubectl prints all pods, which takes it minutes
/// and gigabytes; 0 leaves it out.
pub fn figures(
    bench: &Bench,
    programs: Programs<'_>,
    pods: u64,
    kubectl_times: usize,
    rows: &mut Vec<Row>,
) -> Result<(), String> {
    let cluster = Cluster::plan(pods, 1, now());
    bench.say(format_args!("starting an API server with {pods} pods"));
    let server = Server::start(&cluster, programs)?;
    let profiles = server.folder().join("profiles.json");
    std::fs::write(&profiles, cluster.profiles())
        .map_err(|error| format!("could not write {}: {error}", profiles.display()))?;
    let ours = |arguments: &[&str]| {
        let mut command = bench.program();
        command
            .arg("explain")
            .args(arguments)
            .arg("--profiles")
            .arg(&profiles);
        command.env("KUBECONFIG", server.kubeconfig());
        command
    };
    let kubectl = |arguments: &[&str]| {
        let mut command = Command::new(programs.kubectl);
        command
            .args(arguments)
            .env("KUBECONFIG", server.kubeconfig());
        // Where it keeps what it discovered.
        command.env("KUBECACHEDIR", server.folder().join("discovered"));
        command
    };
    let stirring = server.stir(&cluster);

    bench.say(format_args!("checking all answers"));
    let output = server.folder().join("report.json");
    run_into(&mut ours(&["-A", "-o", "json"]), &output)?;
    let wrong = File::open(&output)
        .map_err(|error| error.to_string())
        .and_then(|file| {
            cluster
                .wrong_answers(file)
                .map_err(|error| error.to_string())
        })
        .map_err(|error| format!("{}: {error}", output.display()))?;
    bench.tell(&wrong);
    rows.push(right_answers(
        format!("right answers, {pods} pods from an API server"),
        cluster.pod_count(),
        wrong.len(),
    ));

    bench.say(format_args!("reading all pods, and curl the same pages"));
    let runs = in_turn(
        &mut [
            Contender::new(|| ours(&["-A", "-o", "json"])),
            Contender::new(|| ours(&["-A"])),
            Contender::prepared(|| server.curl_pages(false)),
            Contender::prepared(|| server.curl_pages(true)),
        ],
        bench.times,
    )?;
    let curl = &runs[2];
    for (ours, output) in runs.iter().zip(["-o json", "table"]) {
        rows.push(Row::ratio(
            format!(
                "explain -A {output}, {pods} pods, against curl of the same {} pages",
                pods.div_ceil(PAGE as u64)
            ),
            ours,
            ("curl", curl),
            Limit::AtMost(PEER_LIMIT),
        ));
        rows.push(memory(format!("its memory ({output})"), ours.peak_memory()));
    }
    rows.push(Row::ratio(
        "for comparison: curl of the same pages with gzip",
        &runs[3],
        ("without", curl),
        Limit::None,
    ));

    if kubectl_times > 0 {
        bench.say(format_args!("kubectl get pods -A -o json (minutes)"));
        let kubectl = repeated(
            || kubectl(&["get", "pods", "-A", "-o", "json"]),
            kubectl_times,
        )?;
        for (ours, output) in runs.iter().zip(["-o json", "table"]) {
            rows.push(Row::ratio(
                format!("explain -A {output} against kubectl get pods -A -o json"),
                ours,
                ("kubectl", &kubectl),
                Limit::AtMost(KUBECTL_LIMIT),
            ));
        }
    }

    bench.say(format_args!("one pod"));
    for placement in ["EC2", "Fargate", "FargatePending"] {
        let Some(pod) = cluster
            .answers()
            .find(|answer| answer.placement == placement)
        else {
            continue;
        };
        let runs = in_turn(
            &mut [
                Contender::new(|| ours(&["pod", pod.name, "-n", pod.namespace])),
                Contender::new(|| kubectl(&["get", "pod", pod.name, "-n", pod.namespace])),
            ],
            bench.times * SHORT,
        )?;
        rows.push(Row::ratio(
            format!("explain pod ({placement}) against kubectl get pod"),
            &runs[0],
            ("kubectl", &runs[1]),
            Limit::AtMost(PEER_LIMIT),
        ));
    }
    drop(stirring);
    Ok(())
}
