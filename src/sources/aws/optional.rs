//! Reads that an answer is better with and whole without: how they fail, in one line.

use std::error::Error as StdError;

use aws_sdk_eks::error::{ProvideErrorMetadata, SdkError};
use aws_smithy_runtime_api::http::Response;

use super::trouble::{Cause, in_words, listed, words};
use crate::decision::facts::{SourceNote, SourceStatus, TAKES};

/// One read that failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Missed {
    /// What was to be read: `the route tables`.
    pub part: &'static str,
    /// The IAM action that it takes.
    pub action: &'static str,
    cause: Cause,
    words: String,
}

impl Missed {
    /// A read that failed with this error.
    pub fn new<E: ProvideErrorMetadata + StdError + 'static>(
        part: &'static str,
        action: &'static str,
        error: &SdkError<E, Response>,
    ) -> Self {
        Self {
            part,
            action,
            cause: Cause::of(error),
            words: words(error),
        }
    }
}

/// Several reads of one service that failed, told as one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// How it is told in `sources`.
    pub status: SourceStatus,
    /// What happened, one sentence without a full stop.
    pub sentence: String,
    /// The words of whoever refused; empty where there are none.
    words: String,
}

impl Problem {
    /// Puts what was missed into one sentence: a refusal before anything else, since something can be done about it.
    ///
    /// `of_what` is what the parts are parts of (`of VPC vpc-1`), `service` whom was asked (`EC2`), and `beyond` the actions
    /// that would have come next and were not tried.
    pub fn of(
        missed: &[Missed],
        of_what: &str,
        service: &str,
        region: &str,
        beyond: &[&str],
    ) -> Option<Self> {
        let is_denied = |missed: &&Missed| matches!(missed.cause, Cause::Denied(_));
        let first = missed.iter().find(is_denied).or(missed.first())?;
        let mut parts: Vec<&str> = missed.iter().map(|missed| missed.part).collect();
        parts.dedup();
        let what = format!("could not read {} {of_what}", listed(&parts));
        let (status, sentence) = match &first.cause {
            Cause::Denied(code) => {
                let mut actions: Vec<&str> = missed
                    .iter()
                    .filter(is_denied)
                    .map(|missed| missed.action)
                    .chain(beyond.iter().copied())
                    .collect();
                actions.dedup();
                let actions = in_words(&actions);
                (
                    SourceStatus::Forbidden,
                    format!("{what}: {TAKES}{actions} ({code})"),
                )
            }
            Cause::BadCredentials(code) => (
                SourceStatus::Forbidden,
                format!("{what}: AWS does not accept the credentials ({code})"),
            ),
            Cause::NoCluster => (
                SourceStatus::Failed,
                format!("{what}: AWS knows no such cluster in {region}"),
            ),
            Cause::Throttled(code) => (
                SourceStatus::Failed,
                format!("{what}: there were too many requests for AWS ({code})"),
            ),
            Cause::TimedOut => (
                SourceStatus::TimedOut,
                format!("{what}: the {service} API did not answer in time"),
            ),
            Cause::Intercepted(_) | Cause::Garbled => (
                SourceStatus::Failed,
                format!("{what}: what came is no answer of the {service} API"),
            ),
            Cause::Unreachable => (
                SourceStatus::Failed,
                format!("{what}: the {service} API in {region} cannot be reached"),
            ),
            Cause::Other(code) => (SourceStatus::Failed, format!("{what} ({code})")),
        };
        Some(Self {
            status,
            sentence,
            words: first.words.clone(),
        })
    }

    /// The line of the report's `sources`.
    pub fn note(&self, what: &str) -> SourceNote {
        let Self {
            status,
            sentence,
            words,
        } = self;
        let detail = match words.as_str() {
            "" => sentence.clone(),
            words => format!("{sentence}: {words}"),
        };
        note(what, *status, None, Some(detail))
    }
}

/// A line of the report's `sources`.
pub fn note(
    what: &str,
    status: SourceStatus,
    count: Option<usize>,
    detail: Option<String>,
) -> SourceNote {
    SourceNote {
        what: what.to_owned(),
        namespace: None,
        status,
        count: count.and_then(|count| u64::try_from(count).ok()),
        detail,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn missed(part: &'static str, action: &'static str, cause: Cause) -> Missed {
        Missed {
            part,
            action,
            cause,
            words: String::new(),
        }
    }

    #[test]
    fn what_was_missed_is_one_sentence() {
        let denied = || Cause::Denied("UnauthorizedOperation".to_owned());
        let of = |missed: &[Missed]| {
            Problem::of(missed, "of vpc-1", "EC2", "eu-west-1", &[]).expect("something was missed")
        };
        let problem = of(&[
            missed(
                "the route tables",
                "ec2:DescribeRouteTables",
                Cause::TimedOut,
            ),
            missed("the DNS settings", "ec2:DescribeVpcAttribute", denied()),
            missed("the DNS settings", "ec2:DescribeVpcAttribute", denied()),
        ]);
        assert_eq!(problem.status, SourceStatus::Forbidden);
        assert_eq!(
            problem.sentence,
            "could not read the route tables and the DNS settings of vpc-1: that takes the IAM action ec2:DescribeVpcAttribute (UnauthorizedOperation)"
        );
        let problem = of(&[missed(
            "the subnets",
            "ec2:DescribeSubnets",
            Cause::TimedOut,
        )]);
        assert_eq!(problem.status, SourceStatus::TimedOut);
        assert_eq!(
            problem.sentence,
            "could not read the subnets of vpc-1: the EC2 API did not answer in time"
        );
        assert_eq!(Problem::of(&[], "", "", "", &[]), None);
    }

    #[test]
    fn a_refused_first_read_names_what_comes_after_it() {
        let problem = Problem::of(
            &[missed(
                "the subnets",
                "ec2:DescribeSubnets",
                Cause::Denied("X".to_owned()),
            )],
            "of profile apps",
            "EC2",
            "eu-west-1",
            &["ec2:DescribeRouteTables", "ec2:DescribeVpcAttribute"],
        )
        .expect("something was missed");
        assert_eq!(
            problem.sentence,
            "could not read the subnets of profile apps: that takes the IAM actions ec2:DescribeSubnets, ec2:DescribeRouteTables and ec2:DescribeVpcAttribute (X)"
        );
    }
}
