//! What to say about a name that the cluster does not know: names like it, and where else it may be.

use super::names;
use super::paths::path;
use super::server::ApiServer;
use crate::decision::facts::{Kind, WorkloadKind};
use crate::error::{Candidate, Error, ErrorKind};
use crate::sources::question::{likely_names, near_names};

/// Names that are looked at for likeness.
const MOST_NAMES: &str = "2000";

/// There is no such pod.
pub async fn pod(server: &ApiServer<'_>, namespace: &str, name: &str) -> Error {
    if let Some(error) = without_namespace(server, namespace).await {
        return error;
    }
    let owners = [
        WorkloadKind::Deployment,
        WorkloadKind::StatefulSet,
        WorkloadKind::DaemonSet,
        WorkloadKind::Job,
        WorkloadKind::CronJob,
    ];
    let same_name = futures::future::join_all(owners.map(|kind| async move {
        let path = path(kind.into(), Some(namespace), Some(name));
        server
            .get_as(&path, names::FORMS)
            .await
            .is_ok()
            .then_some(kind)
    }));
    let (same_name, names) =
        futures::future::join(same_name, names(server, Kind::Pod, Some(namespace))).await;
    let mut error = not_found(Kind::Pod, "pod", Some(namespace), name);
    let same_name: Vec<WorkloadKind> = same_name.into_iter().flatten().collect();
    let workloads = same_name
        .iter()
        .map(|kind| candidate(word(*kind), Some(namespace), name));
    let pods = likely("pod", Some(namespace), name, &names);
    error = error.candidates(workloads.chain(pods));
    for kind in same_name {
        error = error.next(format!(
            "ask for the workload: {}/{name} in namespace {namespace}",
            word(kind)
        ));
    }
    with_near(error, name, &names)
}

/// There is no such workload.
pub async fn workload(
    server: &ApiServer<'_>,
    namespace: &str,
    kind: WorkloadKind,
    name: &str,
) -> Error {
    if let Some(error) = without_namespace(server, namespace).await {
        return error;
    }
    let names = names(server, kind.into(), Some(namespace)).await;
    let error = not_found(kind.into(), word(kind), Some(namespace), name).candidates(likely(
        word(kind),
        Some(namespace),
        name,
        &names,
    ));
    with_near(error, name, &names)
}

/// There is no such node.
pub async fn node(server: &ApiServer<'_>, name: &str) -> Error {
    let names = names(server, Kind::Node, None).await;
    let error =
        not_found(Kind::Node, "node", None, name).candidates(likely("node", None, name, &names));
    with_near(error, name, &names)
}

/// There is no such namespace.
pub async fn namespace(server: &ApiServer<'_>, name: &str) -> Error {
    let names = names(server, Kind::Namespace, None).await;
    with_near(
        not_found(Kind::Namespace, "namespace", None, name),
        name,
        &names,
    )
}

/// The error about the namespace, where that is what is missing and where it may be known.
async fn without_namespace(server: &ApiServer<'_>, name: &str) -> Option<Error> {
    let answer = server.get(&path(Kind::Namespace, None, Some(name))).await;
    match answer {
        Err(failure) if failure.kind == super::FailureKind::Absent => {
            Some(namespace(server, name).await)
        }
        _ => None,
    }
}

fn not_found(kind: Kind, word: &str, namespace: Option<&str>, name: &str) -> Error {
    let place = namespace
        .map(|namespace| format!(" in namespace {namespace}"))
        .unwrap_or_default();
    Error::new(
        ErrorKind::NotFound,
        format!("there is no {word} {name}{place}"),
    )
    .object(format!("{word}/{name}"))
    .cause(format!("{} {name:?} not found", kind.plural()))
}

fn with_near(error: Error, name: &str, names: &[String]) -> Error {
    let near = near_names(name, names.iter().map(String::as_str));
    if near.is_empty() {
        return error;
    }
    error.next(format!("names like it: {}", near.join(", ")))
}

/// Those of the names that may have been meant.
fn likely<'a>(
    word: &'a str,
    namespace: Option<&'a str>,
    name: &str,
    names: &'a [String],
) -> impl Iterator<Item = Candidate> + 'a {
    let likely = likely_names(name, names.iter().map(String::as_str));
    likely
        .into_iter()
        .map(move |name| candidate(word, namespace, name))
}

fn candidate(word: &str, namespace: Option<&str>, name: &str) -> Candidate {
    Candidate {
        argument: format!("{word}/{name}"),
        namespace: namespace.map(str::to_owned),
    }
}

fn word(kind: WorkloadKind) -> &'static str {
    match kind {
        WorkloadKind::Deployment => "deployment",
        WorkloadKind::ReplicaSet => "replicaset",
        WorkloadKind::StatefulSet => "statefulset",
        WorkloadKind::DaemonSet => "daemonset",
        WorkloadKind::Job => "job",
        WorkloadKind::CronJob => "cronjob",
    }
}

/// The names of a kind, as far as they may be read; none where not.
async fn names(server: &ApiServer<'_>, kind: Kind, namespace: Option<&str>) -> Vec<String> {
    let page = names::page(server, kind, namespace, MOST_NAMES, "").await;
    page.map(|page| page.names).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_error_says_what_is_missing_and_what_is_like_it() {
        let error = not_found(Kind::Pod, "pod", Some("shop"), "wbe");
        assert_eq!(error.message, "there is no pod wbe in namespace shop");
        assert_eq!(error.cause.as_deref(), Some("pods \"wbe\" not found"));
        let error = with_near(error, "wbe", &["web".to_owned(), "cart".to_owned()]);
        assert_eq!(error.next, ["names like it: web"]);
    }
}
