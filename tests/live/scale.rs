//! Right answers about many pods at once, from an API server of their own: the cluster that the benchmark measures, only smaller.
//! The objects are written into etcd, so moments of creation are those of the plan, and times decide as they do in life.

use std::time::{SystemTime, UNIX_EPOCH};

use crate::{
    cluster::Cluster,
    lab::{Lab, invocation::Invocation, parts::Parts},
    server::{Programs, Server},
    tests,
};

tests![every_answer_about_many_pods_is_right];

/// More than one page.
const PODS: u64 = 700;

fn every_answer_about_many_pods_is_right(lab: &Lab) {
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .expect("it is later than 1970");
    let cluster = Cluster::plan(PODS, 3, now.as_secs() as i64);
    let parts = Parts::from_environment().expect("the laboratory runs");
    let server = Server::start(
        &cluster,
        Programs {
            etcd: &parts.etcd,
            api_server: &parts.kube_apiserver,
            kubectl: &parts.kubectl,
        },
    )
    .expect("the laboratory's own servers start the same way");
    let profiles = server.folder().join("profiles.json");
    std::fs::write(&profiles, cluster.profiles()).expect("the folder is the server's");

    let outcome = Invocation::new(lab.scratch("home"), Some(&parts.kubectl))
        .env("KUBECONFIG", server.kubeconfig())
        .args(["explain", "-A", "-o", "json", "--profiles"])
        .args([&profiles])
        .run();
    outcome.expect_code(0);
    let wrong = cluster
        .wrong_answers(outcome.stdout.as_bytes())
        .expect("a report");
    assert!(wrong.is_empty(), "{wrong:#?}");
}
