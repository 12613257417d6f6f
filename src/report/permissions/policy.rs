//! The table of rights on AWS, and the IAM policy that grants them, on resources as narrow as IAM allows.
//!
//! Source: Service Authorization Reference, "Actions, resources, and condition keys" for Amazon Elastic Kubernetes Service and
//! for Amazon EC2: which resource types each action takes, and their ARNs.

use std::collections::BTreeMap;

use serde::Serialize;

use super::rights::Need;

/// What an action is allowed on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Resource {
    /// The EKS cluster.
    Cluster,
    /// Its Fargate profiles.
    FargateProfiles,
    /// Its access entries of roles.
    AccessEntries,
    /// VPCs.
    Vpcs,
    /// The action takes no resource: IAM wants `*` here.
    Any,
}

/// One action, and what it tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Action {
    /// Its name, with the service.
    pub name: &'static str,
    /// What it is allowed on.
    pub resource: Resource,
    /// How much hangs on it.
    pub need: Need,
    /// What is lost without it: a clause, without a full stop.
    pub without: &'static str,
}

/// All of them. Those of EC2 and the access entries are asked only where a pod that a profile claimed has no node yet.
pub const ACTIONS: &[Action] = &[
    Action {
        name: "eks:ListFargateProfiles",
        resource: Resource::Cluster,
        need: Need::Optional,
        without: "no profile is known (ProfilesUnknown); give them as files with --profiles",
    },
    Action {
        name: "eks:DescribeFargateProfile",
        resource: Resource::FargateProfiles,
        need: Need::Optional,
        without: "the names of the profiles are known, what they select is not (ProfilesUnknown)",
    },
    Action {
        name: "eks:DescribeAccessEntry",
        resource: Resource::AccessEntries,
        need: Need::Optional,
        without: "a waiting pod: whether its profile's pod execution role is let into the cluster is not looked up",
    },
    Action {
        name: "ec2:DescribeSubnets",
        resource: Resource::Any,
        need: Need::Optional,
        without: "a waiting pod: free addresses, routes and DNS of its profile's subnets are not looked up",
    },
    Action {
        name: "ec2:DescribeRouteTables",
        resource: Resource::Any,
        need: Need::Optional,
        without: "a waiting pod: whether the subnets are private is not looked up",
    },
    Action {
        name: "ec2:DescribeVpcAttribute",
        resource: Resource::Vpcs,
        need: Need::Optional,
        without: "a waiting pod: whether their VPC has DNS resolution and DNS hostnames on is not looked up",
    },
];

/// Which cluster the policy is for, as far as that is known. What is not known is left open.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AwsScope {
    /// The cluster's name in EKS.
    pub cluster: Option<String>,
    /// Its region.
    pub region: Option<String>,
    /// Its account.
    pub account: Option<String>,
}

impl AwsScope {
    /// The ARN, or the pattern of ARNs, of a resource.
    pub fn arn(&self, resource: Resource) -> String {
        let open = |part: &Option<String>| part.as_deref().unwrap_or("*").to_owned();
        let partition = partition(self.region.as_deref());
        let (region, account) = (open(&self.region), open(&self.account));
        let cluster = open(&self.cluster);
        let of = |service: &str, path: &str| {
            format!("arn:{partition}:{service}:{region}:{account}:{path}")
        };
        match resource {
            Resource::Cluster => of("eks", &format!("cluster/{cluster}")),
            // Behind the name of a profile stands an id that is not known before.
            Resource::FargateProfiles => of("eks", &format!("fargateprofile/{cluster}/*/*")),
            // The entry of which role is not known before, nor the id behind it.
            Resource::AccessEntries => of("eks", &format!("access-entry/{cluster}/role/*")),
            // The VPC is learnt from the subnets.
            Resource::Vpcs => of("ec2", "vpc/*"),
            Resource::Any => "*".to_owned(),
        }
    }
}

/// The partition of a region. Source: AWS General Reference, "Amazon Resource Names (ARNs)", and the User Guides of the regions
/// in China and of AWS GovCloud (US).
fn partition(region: Option<&str>) -> &'static str {
    match region {
        Some(region) if region.starts_with("cn-") => "aws-cn",
        Some(region) if region.starts_with("us-gov-") => "aws-us-gov",
        _ => "aws",
    }
}

/// An IAM policy, as `aws iam create-policy --policy-document` takes it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct PolicyDocument {
    /// Of the policy language.
    pub version: &'static str,
    /// What is allowed; all of it reads.
    pub statement: Vec<Statement>,
}

/// Actions on one kind of resource.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Statement {
    /// Its name in the policy.
    pub sid: &'static str,
    /// `Allow`.
    pub effect: &'static str,
    /// The actions.
    pub action: Vec<&'static str>,
    /// What they are allowed on.
    pub resource: String,
    /// The region, where the action takes no resource that would say it.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub condition: BTreeMap<&'static str, BTreeMap<&'static str, String>>,
}

/// The policy that grants these actions.
pub fn policy<'a>(
    actions: impl IntoIterator<Item = &'a Action>,
    scope: &AwsScope,
) -> PolicyDocument {
    let mut by_resource: BTreeMap<Resource, Vec<&'static str>> = BTreeMap::new();
    for action in actions {
        by_resource
            .entry(action.resource)
            .or_default()
            .push(action.name);
    }
    let statement = by_resource
        .into_iter()
        .map(|(resource, action)| Statement {
            sid: sid(resource),
            effect: "Allow",
            action,
            resource: scope.arn(resource),
            condition: condition(resource, scope),
        })
        .collect();
    PolicyDocument {
        version: "2012-10-17",
        statement,
    }
}

fn sid(resource: Resource) -> &'static str {
    match resource {
        Resource::Cluster => "NamesOfFargateProfiles",
        Resource::FargateProfiles => "FargateProfiles",
        Resource::AccessEntries => "AccessEntriesOfPodExecutionRoles",
        Resource::Vpcs => "DnsSettingsOfVpcs",
        Resource::Any => "SubnetsAndRouteTables",
    }
}

/// `ec2:Region` is the one condition key that these actions of EC2 take.
fn condition(
    resource: Resource,
    scope: &AwsScope,
) -> BTreeMap<&'static str, BTreeMap<&'static str, String>> {
    match (&scope.region, resource) {
        (Some(region), Resource::Any) => {
            let is_there = BTreeMap::from([("ec2:Region", region.clone())]);
            BTreeMap::from([("StringEquals", is_there)])
        }
        _ => BTreeMap::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scope(region: &str) -> AwsScope {
        AwsScope {
            cluster: Some("prod".to_owned()),
            region: Some(region.to_owned()),
            account: Some("123456789012".to_owned()),
        }
    }

    #[test]
    fn every_action_reads_and_is_named_in_full() {
        for action in ACTIONS {
            let (service, name) = action.name.split_once(':').expect("a service");
            assert!(matches!(service, "eks" | "ec2"), "{action:?}");
            assert!(
                ["List", "Describe"]
                    .iter()
                    .any(|verb| name.starts_with(verb)),
                "{action:?}"
            );
            assert!(!action.name.contains('*'), "{action:?}");
            assert!(!action.without.ends_with('.'), "{action:?}");
        }
    }

    #[test]
    fn resources_are_as_narrow_as_what_is_known() {
        let known = scope("eu-west-1");
        assert_eq!(
            known.arn(Resource::Cluster),
            "arn:aws:eks:eu-west-1:123456789012:cluster/prod"
        );
        assert_eq!(
            known.arn(Resource::FargateProfiles),
            "arn:aws:eks:eu-west-1:123456789012:fargateprofile/prod/*/*"
        );
        assert_eq!(
            known.arn(Resource::AccessEntries),
            "arn:aws:eks:eu-west-1:123456789012:access-entry/prod/role/*"
        );
        assert_eq!(
            known.arn(Resource::Vpcs),
            "arn:aws:ec2:eu-west-1:123456789012:vpc/*"
        );
        assert_eq!(
            AwsScope::default().arn(Resource::Cluster),
            "arn:aws:eks:*:*:cluster/*"
        );
        for (region, wanted) in [
            ("cn-north-1", "arn:aws-cn:eks:cn-north-1:"),
            ("us-gov-west-1", "arn:aws-us-gov:eks:us-gov-west-1:"),
            ("us-east-1", "arn:aws:eks:us-east-1:"),
        ] {
            let arn = scope(region).arn(Resource::Cluster);
            assert!(arn.starts_with(wanted), "{arn}");
        }
    }

    #[test]
    fn only_what_takes_no_resource_is_allowed_on_all() {
        for scope in [AwsScope::default(), scope("eu-west-1")] {
            let policy = policy(ACTIONS, &scope);
            let actions: usize = policy.statement.iter().map(|part| part.action.len()).sum();
            assert_eq!(actions, ACTIONS.len());
            for part in policy.statement {
                let is_all = part.resource == "*";
                let has_no_resource = ["ec2:DescribeSubnets", "ec2:DescribeRouteTables"];
                assert_eq!(is_all, part.action == has_no_resource, "{part:?}");
                assert_eq!(
                    part.condition.is_empty(),
                    !is_all || scope.region.is_none(),
                    "{part:?}"
                );
            }
        }
    }
}
