//! Why AWS did not tell what it was asked for, in words for people, with what to do about it.

use std::error::Error as StdError;

use aws_sdk_eks::error::{DisplayErrorContext, ProvideErrorMetadata, SdkError};
use aws_sdk_eks::operation::describe_fargate_profile::DescribeFargateProfileError;
use aws_smithy_runtime_api::http::Response;

use crate::decision::facts::{SourceNote, SourceStatus, TAKES};

/// What else can be done, whatever went wrong.
const BY_FILE: &str = "Or give the profiles with --profiles PATH.";

/// One thing that went wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trouble {
    /// How it is told in `sources`.
    pub status: SourceStatus,
    /// What happened, one sentence without a full stop.
    pub problem: String,
    /// What the reader can do, in full sentences.
    pub remedy: String,
    /// The words of whoever refused, where there are any.
    pub words: Option<String>,
    /// The permission that is missing, where that is known.
    pub takes: Option<String>,
}

impl Trouble {
    /// A trouble without anybody's own words.
    pub fn new(
        status: SourceStatus,
        problem: impl Into<String>,
        remedy: impl Into<String>,
    ) -> Self {
        Self {
            status,
            problem: problem.into(),
            remedy: remedy.into(),
            words: None,
            takes: None,
        }
    }

    /// With the words of whoever refused.
    pub fn words(mut self, words: impl Into<String>) -> Self {
        let words = words.into();
        let words = words.trim().trim_end_matches('.');
        self.words = Some(words.to_owned()).filter(|words| !words.is_empty());
        self
    }

    /// The line of the report's `sources`.
    pub fn note(&self, what: &str) -> SourceNote {
        let detail = match &self.words {
            Some(words) => format!("{}: {words}", self.problem),
            None => self.problem.clone(),
        };
        let detail = match &self.takes {
            Some(takes) => format!("{detail}; {TAKES}{takes}"),
            None => detail,
        };
        SourceNote {
            what: what.to_owned(),
            namespace: None,
            status: self.status,
            count: None,
            detail: Some(detail),
        }
    }

    /// Nothing points to EKS.
    pub fn not_eks(context: &str) -> Self {
        let subject = match context {
            "" => "the cluster".to_owned(),
            context => format!("the kubeconfig context {context}"),
        };
        Self::new(
            SourceStatus::Failed,
            format!("{subject} does not point to an EKS cluster, so there was no EKS API to ask"),
            format!("If it is one, name it with --cluster-name NAME --region REGION. {BY_FILE}"),
        )
    }

    /// It is an EKS cluster of unknown name.
    pub fn nameless(context: &str) -> Self {
        Self::new(
            SourceStatus::Failed,
            format!("the kubeconfig context {context} does not tell the EKS cluster's name"),
            format!("Name it with --cluster-name NAME. {BY_FILE}"),
        )
    }

    /// The region is not known.
    pub fn without_region(cluster: &str) -> Self {
        Self::new(
            SourceStatus::Failed,
            format!("nothing tells in which region the EKS cluster {cluster} is"),
            format!("Name it with --region REGION. {BY_FILE}"),
        )
    }

    /// The profiles that came are those of another cluster.
    pub fn foreign(cluster: &str, owner: &str) -> Self {
        Self::new(
            SourceStatus::Failed,
            format!(
                "the Fargate profiles that were found are those of {owner}, not of the cluster {cluster} that the kubeconfig points to"
            ),
            format!(
                "Use the credentials of the cluster's own account (--aws-profile NAME). {BY_FILE}"
            ),
        )
    }

    /// There are no credentials.
    pub fn without_credentials(profile: Option<&str>, words: &str) -> Self {
        let problem = match profile {
            Some(profile) => format!("the AWS profile {profile} gave no credentials"),
            None => "no AWS credentials were found".to_owned(),
        };
        Self::new(
            SourceStatus::Forbidden,
            problem,
            format!("Sign in (for example aws sso login), or name an AWS profile with --aws-profile NAME. {BY_FILE}"),
        )
        .words(without_jargon(words))
    }
}

/// The words of the SDK about credentials, less those that only say that there were none.
fn without_jargon(words: &str) -> String {
    const JARGON: [&str; 5] = [
        "the credential provider was not enabled",
        "the credentials provider was not properly configured",
        "an error occurred while loading credentials",
        "unexpected credentials error",
        "no providers in chain provided credentials",
    ];
    let parts = words.split(": ");
    let parts: Vec<&str> = parts
        .filter(|part| !JARGON.contains(&part.trim()))
        .collect();
    parts.join(": ")
}

/// What is asked, for the words about its failure.
#[derive(Debug, Clone, Copy)]
pub struct Action<'a> {
    /// The cluster's name.
    pub cluster: &'a str,
    /// The region.
    pub region: &'a str,
    /// The role with which the kubeconfig logs in.
    pub role: Option<&'a str>,
}

impl Action<'_> {
    /// Why the names could not be listed.
    pub fn listing<E: ProvideErrorMetadata + StdError + 'static>(
        &self,
        error: &SdkError<E, Response>,
    ) -> Trouble {
        let what = format!(
            "could not list the Fargate profiles of cluster {}",
            self.cluster
        );
        self.trouble(
            error,
            &what,
            &["eks:ListFargateProfiles", "eks:DescribeFargateProfile"],
        )
    }

    /// The answer to the question for names has none, not even an empty list.
    pub fn listing_nothing(&self) -> Trouble {
        Trouble::new(
            SourceStatus::Failed,
            format!(
                "could not list the Fargate profiles of cluster {}: what came is no answer of the EKS API",
                self.cluster
            ),
            format!(
                "Check AWS_ENDPOINT_URL and the proxies on the way: something else may answer in its place. {BY_FILE}"
            ),
        )
    }

    /// The API named a profile, and told nothing of it when it was asked.
    pub fn telling_nothing(&self, profile: &str) -> Trouble {
        Trouble::new(
            SourceStatus::Failed,
            format!(
                "the EKS API named the Fargate profile {profile} and did not tell its selectors"
            ),
            format!("Check AWS_ENDPOINT_URL: something else may answer in its place. {BY_FILE}"),
        )
    }

    /// The list of names has no end: it goes in a circle, or over more pages than any cluster has.
    pub fn endless(&self) -> Trouble {
        Trouble::new(
            SourceStatus::Failed,
            format!(
                "the list of the Fargate profiles of cluster {} does not end: a page leads back to an earlier one, or there are far too many",
                self.cluster
            ),
            format!("Try again. {BY_FILE}"),
        )
    }

    /// Why a profile could not be described. Its name is known.
    pub fn describing<E: ProvideErrorMetadata + StdError + 'static>(
        &self,
        error: &SdkError<E, Response>,
    ) -> Trouble {
        let what = format!(
            "the names of the Fargate profiles of cluster {} are known, but not the selectors of all of them",
            self.cluster
        );
        self.trouble(error, &what, &["eks:DescribeFargateProfile"])
    }

    fn trouble<E: ProvideErrorMetadata + StdError + 'static>(
        &self,
        error: &SdkError<E, Response>,
        what: &str,
        actions: &[&str],
    ) -> Trouble {
        let Self {
            cluster,
            region,
            role,
        } = self;
        match Cause::of(error) {
            Cause::Denied(code) => {
                let mut remedy = format!("Ask for {}.", in_words(actions));
                if let Some(role) = role {
                    remedy.push_str(&format!(
                        " The kubeconfig's login assumes {role}, which is not assumed for the EKS API: name an AWS profile that does so with --aws-profile NAME."
                    ));
                }
                Trouble {
                    takes: Some(in_words(actions)),
                    ..Trouble::new(SourceStatus::Forbidden, format!("{what} ({code})"), format!("{remedy} {BY_FILE}"))
                }
            }
            Cause::BadCredentials(code) => Trouble::new(
                SourceStatus::Forbidden,
                format!("{what}: AWS does not accept the credentials ({code})"),
                format!("Sign in again (for example aws sso login), or name another AWS profile with --aws-profile NAME. {BY_FILE}"),
            ),
            Cause::NoCluster => Trouble::new(
                SourceStatus::Failed,
                format!("there is no EKS cluster {cluster} in {region} for these credentials"),
                format!("Check --cluster-name, --region and --aws-profile. {BY_FILE}"),
            ),
            Cause::Throttled(code) => Trouble::new(
                SourceStatus::Failed,
                format!("{what}: there were too many requests for AWS ({code})"),
                format!("Try again in a minute. {BY_FILE}"),
            ),
            Cause::TimedOut => Trouble::new(
                SourceStatus::TimedOut,
                format!("{what}: the EKS API did not answer in time"),
                format!("Check the network and its proxies, or wait longer with --request-timeout 2m. {BY_FILE}"),
            ),
            Cause::Unreachable => Trouble::new(
                SourceStatus::Failed,
                format!("{what}: the EKS API in {region} cannot be reached"),
                format!("Check the network, its proxies and --region. {BY_FILE}"),
            ),
            Cause::Intercepted(_) | Cause::Garbled => Trouble::new(
                SourceStatus::Failed,
                match Cause::of(error) {
                    Cause::Intercepted(status) => format!("{what}: what came ({status}) is no answer of the EKS API"),
                    _ => format!("{what}: what came is no answer of the EKS API"),
                },
                format!("Check proxies and AWS_ENDPOINT_URL: something else may answer in its place. {BY_FILE}"),
            ),
            Cause::Other(code) => Trouble::new(
                SourceStatus::Failed,
                format!("{what} ({code})"),
                format!("Try again. {BY_FILE}"),
            ),
        }
        .words(words(error))
    }
}

/// `the IAM action a`, `the IAM actions a and b`, or `the IAM actions a, b and c`.
pub(super) fn in_words(actions: &[&str]) -> String {
    match actions {
        [one] => format!("the IAM action {one}"),
        many => format!("the IAM actions {}", listed(many)),
    }
}

/// `a`, `a and b`, or `a, b and c`.
pub(super) fn listed(words: &[&str]) -> String {
    match words {
        [] => String::new(),
        [one] => (*one).to_owned(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}

/// Kinds of failure that ask for different deeds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Cause {
    Denied(String),
    BadCredentials(String),
    NoCluster,
    Throttled(String),
    TimedOut,
    Unreachable,
    /// A refusal that names no code, as those of AWS do: of a proxy, of something else in its place. With its HTTP status.
    Intercepted(String),
    /// An answer broke off, or is not what the API says.
    Garbled,
    Other(String),
}

impl Cause {
    pub(super) fn of<E: ProvideErrorMetadata + StdError + 'static>(
        error: &SdkError<E, Response>,
    ) -> Self {
        match error {
            SdkError::TimeoutError(_) => Self::TimedOut,
            SdkError::DispatchFailure(failure) if failure.is_timeout() => Self::TimedOut,
            SdkError::DispatchFailure(_) => Self::Unreachable,
            // An answer of success that cannot be read comes as an error without a code.
            SdkError::ServiceError(context) if context.raw().status().is_success() => Self::Garbled,
            SdkError::ServiceError(context) => {
                Self::of_code(context.err().code(), context.raw().status().as_u16())
            }
            SdkError::ResponseError(_) => Self::Garbled,
            _ => Self::Other("no usable answer".to_owned()),
        }
    }

    fn of_code(code: Option<&str>, status: u16) -> Self {
        // Some answers carry a namespace before the code or a link behind it.
        let code = code.unwrap_or("");
        let code = code.rsplit('#').next().unwrap_or(code);
        let code = code.split(':').next().unwrap_or(code).to_owned();
        match code.as_str() {
            "AccessDeniedException"
            | "AccessDenied"
            | "UnauthorizedOperation"
            | "NotAuthorized" => Self::Denied(code),
            "ExpiredTokenException"
            | "ExpiredToken"
            | "UnrecognizedClientException"
            | "InvalidClientTokenId"
            | "InvalidSignatureException"
            | "SignatureDoesNotMatch"
            | "IncompleteSignature"
            | "MissingAuthenticationTokenException"
            | "MissingAuthenticationToken"
            | "RequestExpired"
            | "AuthFailure"
            | "OptInRequired" => Self::BadCredentials(code),
            "ResourceNotFoundException" => Self::NoCluster,
            "ThrottlingException"
            | "Throttling"
            | "TooManyRequestsException"
            | "RequestLimitExceeded"
            | "SlowDown" => Self::Throttled(code),
            "" => match status {
                401 | 403 | 407 => Self::Intercepted(format!("HTTP {status}")),
                429 => Self::Throttled(format!("HTTP {status}")),
                _ => Self::Other(format!("HTTP {status}")),
            },
            _ => Self::Other(code),
        }
    }
}

/// Whether the profile no longer exists.
pub fn is_gone(error: &SdkError<DescribeFargateProfileError, Response>) -> bool {
    error
        .as_service_error()
        .is_some_and(DescribeFargateProfileError::is_resource_not_found_exception)
}

/// AWS's own words, else what the transport says.
pub(super) fn words<E: ProvideErrorMetadata + StdError + 'static>(
    error: &SdkError<E, Response>,
) -> String {
    match error {
        SdkError::ServiceError(context) => context.err().message().unwrap_or_default().to_owned(),
        SdkError::DispatchFailure(failure) => failure
            .as_connector_error()
            .map(|error| chain(error))
            .unwrap_or_default(),
        SdkError::TimeoutError(_) => String::new(),
        // Not with its context, which is the whole answer: that may be a page of anything.
        SdkError::ResponseError(_) => chain(error),
        other => DisplayErrorContext(other).to_string(),
    }
}

/// The messages of an error and its causes, each once.
pub fn chain(error: &(dyn StdError + 'static)) -> String {
    let mut words: Vec<String> = Vec::new();
    let mut next = Some(error);
    while let Some(error) = next {
        let text = error.to_string();
        if !words.iter().any(|word| word.contains(&text)) {
            words.push(text);
        }
        next = error.source();
    }
    words.join(": ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_told_apart() {
        let text = |text: &str| text.to_owned();
        for (code, status, wanted) in [
            (
                Some("AccessDeniedException"),
                403,
                Cause::Denied(text("AccessDeniedException")),
            ),
            (
                Some("com.amazonaws.eks#AccessDeniedException:http://x"),
                403,
                Cause::Denied(text("AccessDeniedException")),
            ),
            (None, 403, Cause::Intercepted(text("HTTP 403"))),
            (
                Some("ExpiredTokenException"),
                403,
                Cause::BadCredentials(text("ExpiredTokenException")),
            ),
            (
                Some("UnrecognizedClientException"),
                403,
                Cause::BadCredentials(text("UnrecognizedClientException")),
            ),
            (Some("ResourceNotFoundException"), 404, Cause::NoCluster),
            (
                Some("ThrottlingException"),
                429,
                Cause::Throttled(text("ThrottlingException")),
            ),
            (None, 500, Cause::Other(text("HTTP 500"))),
            (
                Some("ServerException"),
                500,
                Cause::Other(text("ServerException")),
            ),
        ] {
            assert_eq!(Cause::of_code(code, status), wanted);
        }
    }

    #[test]
    fn what_to_do_is_said_in_sentences() {
        assert_eq!(in_words(&["eks:A"]), "the IAM action eks:A");
        assert_eq!(
            in_words(&["eks:A", "eks:B"]),
            "the IAM actions eks:A and eks:B"
        );
        for trouble in [
            Trouble::not_eks("prod"),
            Trouble::nameless("prod"),
            Trouble::without_region("prod"),
            Trouble::foreign("prod", "another account"),
            Trouble::without_credentials(None, ""),
        ] {
            let remedy = &trouble.remedy;
            assert!(remedy.starts_with(char::is_uppercase), "{remedy}");
            assert!(remedy.ends_with('.') && !remedy.contains(".,"), "{remedy}");
        }
    }

    #[test]
    fn notes_carry_the_words_of_whoever_refused() {
        for (profile, words, wanted) in [
            (
                None,
                "the credential provider was not enabled: no providers in chain provided credentials",
                "no AWS credentials were found",
            ),
            (
                Some("dev"),
                "an error occurred while loading credentials: the SSO session has expired.",
                "the AWS profile dev gave no credentials: the SSO session has expired",
            ),
        ] {
            let note = Trouble::without_credentials(profile, words).note("fargateprofiles");
            assert_eq!(note.detail.as_deref(), Some(wanted));
            assert_eq!(note.status, SourceStatus::Forbidden);
        }
    }
}
