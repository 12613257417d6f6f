//! Where the API server serves each kind.

use std::fmt::Write as _;

use crate::decision::facts::Kind;
use crate::sources::reduce::is_namespaced;

/// The path of the group and version that a kind belongs to.
pub fn group(kind: Kind) -> &'static str {
    match kind {
        Kind::Pod
        | Kind::Node
        | Kind::Event
        | Kind::Namespace
        | Kind::PersistentVolumeClaim
        | Kind::PersistentVolume
        | Kind::Service
        | Kind::ServiceAccount
        | Kind::ConfigMap => "/api/v1",
        Kind::Deployment | Kind::ReplicaSet | Kind::StatefulSet | Kind::DaemonSet => {
            "/apis/apps/v1"
        }
        Kind::Job | Kind::CronJob => "/apis/batch/v1",
        Kind::StorageClass => "/apis/storage.k8s.io/v1",
        Kind::MutatingWebhookConfiguration => "/apis/admissionregistration.k8s.io/v1",
        Kind::PodDisruptionBudget => "/apis/policy/v1",
        Kind::SecurityGroupPolicy => "/apis/vpcresources.k8s.aws/v1beta1",
        Kind::VerticalPodAutoscaler => "/apis/autoscaling.k8s.io/v1",
    }
}

/// The path of one object, or without a name, of the list of them. Without a namespace: of the whole cluster.
pub fn path(kind: Kind, namespace: Option<&str>, name: Option<&str>) -> String {
    let mut path = group(kind).to_owned();
    if let Some(namespace) = namespace.filter(|_| is_namespaced(kind)) {
        path.push_str("/namespaces/");
        push_escaped(&mut path, namespace);
    }
    path.push('/');
    path.push_str(kind.plural());
    if let Some(name) = name {
        path.push('/');
        push_escaped(&mut path, name);
    }
    path
}

/// The path of the list of a kind that is no [`Kind`] of ours; without its plural name, of what the version of its group has.
pub fn list_of(
    group: &str,
    version: &str,
    namespace: Option<&str>,
    plural: Option<&str>,
) -> String {
    let mut path = "/apis".to_owned();
    let namespaces = namespace.map(|_| "namespaces");
    let segments = [Some(group), Some(version), namespaces, namespace, plural];
    for segment in segments.into_iter().flatten() {
        path.push('/');
        push_escaped(&mut path, segment);
    }
    path
}

/// The path with the parameters that are not empty.
pub fn with_query(path: &str, parameters: &[(&str, &str)]) -> String {
    let mut whole = path.to_owned();
    let mut separator = '?';
    for (name, value) in parameters.iter().filter(|(_, value)| !value.is_empty()) {
        whole.push(separator);
        whole.push_str(name);
        whole.push('=');
        push_escaped(&mut whole, value);
        separator = '&';
    }
    whole
}

/// Escapes everything but the unreserved characters of RFC 3986, so that no name can change a path.
fn push_escaped(whole: &mut String, text: &str) {
    // A segment of dots would be taken for a step in the tree by whatever stands in between.
    let is_step = matches!(text, "." | "..");
    for byte in text.bytes() {
        match byte {
            b'.' if is_step => whole.push_str("%2E"),
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                whole.push(char::from(byte));
            }
            other => write!(whole, "%{other:02X}").expect("writing to a String cannot fail"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_those_of_the_api() {
        for (kind, namespace, name, wanted) in [
            (
                Kind::Pod,
                Some("shop"),
                Some("web-1"),
                "/api/v1/namespaces/shop/pods/web-1",
            ),
            (Kind::Pod, None, None, "/api/v1/pods"),
            (
                Kind::Deployment,
                Some("shop"),
                None,
                "/apis/apps/v1/namespaces/shop/deployments",
            ),
            (
                Kind::CronJob,
                Some("shop"),
                None,
                "/apis/batch/v1/namespaces/shop/cronjobs",
            ),
            (Kind::Node, Some("shop"), Some("n"), "/api/v1/nodes/n"),
            (
                Kind::Namespace,
                None,
                Some("shop"),
                "/api/v1/namespaces/shop",
            ),
            (
                Kind::StorageClass,
                None,
                None,
                "/apis/storage.k8s.io/v1/storageclasses",
            ),
            (
                Kind::Pod,
                Some("a/../b"),
                Some("x?y#z"),
                "/api/v1/namespaces/a%2F..%2Fb/pods/x%3Fy%23z",
            ),
            (
                Kind::Pod,
                Some(".."),
                Some("x"),
                "/api/v1/namespaces/%2E%2E/pods/x",
            ),
        ] {
            assert_eq!(path(kind, namespace, name), wanted);
        }
    }

    #[test]
    fn paths_of_other_kinds() {
        for (version, namespace, plural, wanted) in [
            ("v1", None, Some("things"), "/apis/g.io/v1/things"),
            (
                "v1",
                Some("a/b"),
                Some("things"),
                "/apis/g.io/v1/namespaces/a%2Fb/things",
            ),
            ("v1/../x", None, None, "/apis/g.io/v1%2F..%2Fx"),
        ] {
            assert_eq!(list_of("g.io", version, namespace, plural), wanted);
        }
    }

    #[test]
    fn queries_leave_out_what_is_empty() {
        let query = with_query(
            "/p",
            &[
                ("limit", "500"),
                ("labelSelector", ""),
                ("fieldSelector", "a=b,c!=ü"),
            ],
        );
        assert_eq!(query, "/p?limit=500&fieldSelector=a%3Db%2Cc%21%3D%C3%BC");
    }
}
