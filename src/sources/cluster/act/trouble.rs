//! Why a change was not made, for whoever asked for it.

use super::request::Deed;
use crate::decision::facts::Kind;
use crate::decision::facts::shell::{option, quote};
use crate::error::{Error, ErrorKind};
use crate::sources::cluster::failure::{Failure, FailureKind};
use crate::sources::kubeconfig::Access;

/// The object is not what was judged.
pub(super) fn changed(object: &str, what: &str) -> Error {
    Error::new(
        ErrorKind::Cluster,
        format!("{object} is no longer what was judged: {what}"),
    )
    .object(object)
    .next("it was not changed by this; ask again, and judge by what is there now")
}

/// Nobody can tell whether the change was made.
pub(super) fn unknown(object: &str, failure: Failure) -> Error {
    Error::new(
        ErrorKind::Cluster,
        format!("could not tell whether {object} was changed: no answer came"),
    )
    .object(object)
    .cause(failure.message)
    .next("look at it before you try again: kubectl fargate explain, or kubectl get with -o yaml")
}

/// Whether a change is refused only because it cannot be tried out.
pub(super) fn cannot_be_tried(failure: &Failure) -> bool {
    failure.message.contains("does not support dry run")
}

/// A webhook of the cluster does not let changes be tried out.
pub(super) fn untried(object: &str, failure: Failure) -> Error {
    Error::new(
        ErrorKind::Cluster,
        format!("could not try out the change of {object}, so it was not made"),
    )
    .object(object)
    .cause(failure.message)
    .next("run the command above yourself, if that is what you want")
}

/// The server does not let it be done, or could not be asked.
pub(super) fn refused(
    access: &Access,
    kind: Kind,
    namespace: &str,
    name: &str,
    deed: &Deed,
    failure: Failure,
) -> Error {
    let plural = kind.plural();
    let object = format!("{}/{name}", plural.strip_suffix('s').unwrap_or(plural));
    let unchanged = format!("{object} was not changed");
    let (verb, what) = match deed {
        Deed::Delete => ("delete", "delete"),
        Deed::Patch {
            is_restart: true, ..
        } => ("patch", "restart"),
        Deed::Patch { .. } => ("patch", "change"),
    };
    // Webhooks, policies (ValidatingAdmissionPolicy) and Pod Security in the words of the API server.
    let of_admission = [
        "denied the request",
        "denied request",
        "admission",
        "violates PodSecurity",
    ];
    let is_of_admission = of_admission
        .iter()
        .any(|words| failure.message.contains(words));
    let refusal = |message: String| {
        Error::new(ErrorKind::Cluster, message)
            .object(format!("{object} in namespace {namespace}"))
            .cause(failure.message.clone())
    };
    match failure.kind {
        FailureKind::Forbidden | FailureKind::Refused if is_of_admission => refusal(format!(
            "a webhook or policy of the cluster does not let {object} be changed so"
        ))
        .next(format!("{unchanged}; ask whoever keeps the policy")),
        FailureKind::Forbidden => {
            let flags = match access.kubectl_flags.as_str() {
                "" => String::new(),
                flags => format!("{flags} "),
            };
            refusal(format!("you may not {what} {object}"))
                .next(format!(
                    "{unchanged}; see it by hand: kubectl {flags}{} auth can-i {verb} {}",
                    option("-n", namespace),
                    quote(&format!("{plural}/{name}"))
                ))
                .next("the rights that --fix takes: kubectl fargate permissions --fix")
        }
        FailureKind::Refused | FailureKind::Conflict => {
            refusal(format!("the API server refused to {what} {object}")).next(unchanged)
        }
        _ => {
            let error = failure.into_error(access, &format!("{object} in namespace {namespace}"));
            error.next(unchanged)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_cannot_be_tried_says_so() {
        let words = "admission webhook \"x\" does not support dry run";
        assert!(cannot_be_tried(&Failure::new(FailureKind::Refused, words)));
        let words = "Deployment.apps \"web\" is invalid";
        assert!(!cannot_be_tried(&Failure::new(FailureKind::Refused, words)));
    }

    #[test]
    fn what_has_changed_is_said_with_what_to_do() {
        let error = changed("deployment/web", "it is gone");
        assert_eq!(
            error.message,
            "deployment/web is no longer what was judged: it is gone"
        );
        assert!(error.next[0].contains("ask again"), "{error:?}");
    }
}
