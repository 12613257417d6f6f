//! How pod execution roles are let into the cluster: EKS API, DescribeAccessEntry.

use std::collections::{BTreeMap, BTreeSet};

use aws_config::timeout::TimeoutConfig;
use aws_sdk_eks::error::{ProvideErrorMetadata as _, SdkError};
use aws_sdk_eks::operation::describe_access_entry::DescribeAccessEntryError;
use aws_smithy_runtime_api::http::Response;
use futures::StreamExt as _;

use super::connection::Connection;
use super::optional::{Missed, Problem, note};
use crate::decision::facts::aws::AccessEntry;
use crate::decision::facts::{FargateProfile, SourceNote, SourceStatus};

/// The `what` of the report's source.
const WHAT: &str = "accessentries";
/// How many entries are asked for at once.
const AT_ONCE: usize = 8;

/// What the EKS API told.
#[derive(Debug, Default)]
pub struct Access {
    /// By role ARN.
    pub entries: BTreeMap<String, AccessEntry>,
    /// Whether EKS said that the cluster has no access entries.
    pub not_in_use: bool,
    /// How the read went; `None` where there was nothing to ask.
    pub note: Option<SourceNote>,
}

/// What an answer says about one role.
#[derive(Debug, PartialEq, Eq)]
enum Told {
    Entry(AccessEntry),
    /// The cluster lets nobody in by access entries; `aws-auth` alone does.
    NoEntriesHere,
}

/// Asks for the entry of each profile's role.
pub async fn read(
    connection: &Connection,
    cluster: &str,
    profiles: &[&FargateProfile],
    timeouts: TimeoutConfig,
) -> Access {
    let roles: BTreeSet<&str> = profiles
        .iter()
        .filter_map(|profile| profile.pod_execution_role_arn.as_deref())
        .collect();
    if roles.is_empty() {
        return Access::default();
    }
    let answers: Vec<_> = futures::stream::iter(roles)
        .map(|role| {
            let timeouts = timeouts.clone();
            async move {
                let answer = connection
                    .client
                    .describe_access_entry()
                    .cluster_name(cluster)
                    .principal_arn(role)
                    .customize()
                    .config_override(aws_sdk_eks::config::Builder::new().timeout_config(timeouts))
                    .send()
                    .await;
                let told = match &answer {
                    Ok(answer) => {
                        let kind = answer.access_entry().and_then(|entry| entry.r#type());
                        let kind = kind.unwrap_or_default().to_owned();
                        Ok(Told::Entry(AccessEntry::Present(kind)))
                    }
                    Err(error) => of_error(error).ok_or_else(|| {
                        Missed::new("the access entry", "eks:DescribeAccessEntry", error)
                    }),
                };
                (role.to_owned(), told)
            }
        })
        .buffer_unordered(AT_ONCE)
        .collect()
        .await;
    gather(answers, cluster, &connection.region)
}

fn gather(answers: Vec<(String, Result<Told, Missed>)>, cluster: &str, region: &str) -> Access {
    let mut entries = BTreeMap::new();
    let (mut missed, mut roles, mut has_entries) = (Vec::new(), BTreeSet::new(), true);
    for (role, answer) in answers {
        match answer {
            Ok(Told::Entry(entry)) => {
                entries.insert(role, entry);
            }
            Ok(Told::NoEntriesHere) => has_entries = false,
            Err(failure) => {
                roles.insert(role);
                missed.push(failure);
            }
        }
    }
    let roles: Vec<&str> = roles.iter().map(String::as_str).collect();
    let of_what = format!("of {} in cluster {cluster}", super::trouble::listed(&roles));
    let note = match Problem::of(&missed, &of_what, "EKS", region, &[]) {
        Some(problem) => problem.note(WHAT),
        None if has_entries => note(WHAT, SourceStatus::Read, Some(entries.len()), None),
        None => note(
            WHAT,
            SourceStatus::NotServed,
            None,
            Some(format!(
                "cluster {cluster} has no access entries: its authentication mode is CONFIG_MAP"
            )),
        ),
    };
    Access {
        entries,
        not_in_use: !has_entries,
        note: Some(note),
    }
}

/// What an error says about the role; `None` where it says nothing about it.
///
/// The same code stands for an unknown role ("The specified principalArn could not be found. …") and an unknown cluster ("No
/// cluster found for name: …"), and only the first one says that there is no entry. Where access entries are not in use, EKS
/// refuses: "The cluster's authentication mode must be set to one of [API, API_AND_CONFIG_MAP] to perform this operation."
fn of_error(error: &SdkError<DescribeAccessEntryError, Response>) -> Option<Told> {
    let error = error.as_service_error()?;
    let message = error.message().unwrap_or_default();
    if error.is_resource_not_found_exception() && message.contains("principalArn") {
        return Some(Told::Entry(AccessEntry::Absent));
    }
    (error.is_invalid_request_exception() && message.contains("authentication mode"))
        .then_some(Told::NoEntriesHere)
}

#[cfg(test)]
mod tests {
    use aws_sdk_eks::error::ErrorMetadata;
    use aws_sdk_eks::types::error::{InvalidRequestException, ResourceNotFoundException};
    use aws_smithy_runtime_api::http::StatusCode;
    use aws_smithy_types::body::SdkBody;

    use super::*;

    fn error(code: &str, message: &str) -> SdkError<DescribeAccessEntryError, Response> {
        let meta = ErrorMetadata::builder().code(code).message(message).build();
        let error = match code {
            "ResourceNotFoundException" => DescribeAccessEntryError::ResourceNotFoundException(
                ResourceNotFoundException::builder()
                    .message(message)
                    .meta(meta)
                    .build(),
            ),
            "InvalidRequestException" => DescribeAccessEntryError::InvalidRequestException(
                InvalidRequestException::builder()
                    .message(message)
                    .meta(meta)
                    .build(),
            ),
            _ => DescribeAccessEntryError::generic(meta),
        };
        let status = StatusCode::try_from(400).expect("400 is a status");
        SdkError::service_error(error, Response::new(status, SdkBody::empty()))
    }

    #[test]
    fn only_an_unknown_role_is_absent() {
        for (code, message, wanted) in [
            (
                "ResourceNotFoundException",
                "The specified principalArn could not be found. You can view your available access entries with 'list-access-entries'.",
                Some(Told::Entry(AccessEntry::Absent)),
            ),
            (
                "ResourceNotFoundException",
                "No cluster found for name: prod.",
                None,
            ),
            (
                "InvalidRequestException",
                "The cluster's authentication mode must be set to one of [API, API_AND_CONFIG_MAP] to perform this operation.",
                Some(Told::NoEntriesHere),
            ),
            (
                "InvalidRequestException",
                "The cluster is being deleted.",
                None,
            ),
            (
                "AccessDeniedException",
                "not authorized to perform eks:DescribeAccessEntry on principalArn",
                None,
            ),
        ] {
            assert_eq!(of_error(&error(code, message)), wanted, "{message}");
        }
    }

    #[test]
    fn one_note_whatever_came() {
        let denied = error("AccessDeniedException", "no");
        let missed = || Missed::new("the access entry", "eks:DescribeAccessEntry", &denied);
        let told = |answer: Result<Told, Missed>| {
            let access = gather(
                vec![("arn:role/pods".to_owned(), answer)],
                "prod",
                "eu-west-1",
            );
            let note = access.note.expect("something was asked");
            (
                note.status,
                note.detail.unwrap_or_default(),
                access.entries.len(),
            )
        };
        assert_eq!(
            told(Ok(Told::Entry(AccessEntry::Present(
                "FARGATE_LINUX".to_owned()
            )))),
            (SourceStatus::Read, String::new(), 1)
        );
        assert_eq!(
            told(Err(missed())),
            (
                SourceStatus::Forbidden,
                "could not read the access entry of arn:role/pods in cluster prod: that takes the IAM action eks:DescribeAccessEntry (AccessDeniedException): no".to_owned(),
                0
            )
        );
        assert_eq!(told(Ok(Told::NoEntriesHere)).0, SourceStatus::NotServed);
        let told_of_mode = vec![("arn:role/pods".to_owned(), Ok(Told::NoEntriesHere))];
        assert!(gather(told_of_mode, "prod", "eu-west-1").not_in_use);
    }
}
