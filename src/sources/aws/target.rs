//! Which EKS cluster is asked about, and with whose credentials: flags first, then the kubeconfig, then the environment.

use std::collections::BTreeMap;

use super::trouble::Trouble;
use crate::decision::facts::{FargateProfile, Node};
use crate::sources::kubeconfig::{AwsProfile, EksIdentity, parse_cluster_arn};

/// What the command line says about it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct EksFlags {
    /// `--cluster-name`; an ARN is taken too.
    pub cluster_name: Option<String>,
    /// `--region`.
    pub region: Option<String>,
    /// `--aws-profile`.
    pub aws_profile: Option<String>,
}

/// The cluster, as far as it is known.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct EksTarget {
    /// Its name.
    pub cluster_name: Option<String>,
    /// Its region.
    pub region: Option<String>,
    /// Its account.
    pub account: Option<String>,
    /// The AWS profile to use; `None` for what the environment says.
    pub aws_profile: Option<AwsProfile>,
    /// The role with which the kubeconfig logs in.
    pub role: Option<String>,
    /// Whether anything points to EKS at all.
    pub is_eks: bool,
    /// The context's name, for messages.
    pub context: String,
}

impl EksTarget {
    /// Puts together what is known. `variable` reads the environment.
    pub fn resolve(
        identity: &EksIdentity,
        context: &str,
        flags: &EksFlags,
        variable: impl Fn(&str) -> Option<String>,
    ) -> Self {
        let arn = flags.cluster_name.as_deref().and_then(parse_cluster_arn);
        let flag_name = match &arn {
            Some(arn) => Some(arn.name.clone()),
            None => flags.cluster_name.clone(),
        };
        let is_of_kubeconfig = flag_name.is_none() || flag_name == identity.name;
        let variable = |name: &str| variable(name).filter(|value| !value.is_empty());
        Self {
            region: flags
                .region
                .clone()
                .or_else(|| arn.as_ref().map(|arn| arn.region.clone()))
                .or_else(|| identity.region.clone())
                .or_else(|| variable("AWS_REGION"))
                .or_else(|| variable("AWS_DEFAULT_REGION")),
            account: match arn {
                Some(arn) => Some(arn.account),
                None => identity.account.clone().filter(|_| is_of_kubeconfig),
            },
            is_eks: identity.is_eks || flag_name.is_some(),
            cluster_name: flag_name.or_else(|| identity.name.clone()),
            aws_profile: flags
                .aws_profile
                .clone()
                .map(|name| AwsProfile {
                    name,
                    by_flag: true,
                })
                .or_else(|| identity.aws_profile.clone()),
            role: identity.role.clone(),
            context: context.to_owned(),
        }
    }

    /// The cluster's name.
    ///
    /// # Errors
    /// What is missing and how it can be told.
    pub fn name(&self) -> Result<&str, Trouble> {
        match &self.cluster_name {
            Some(name) => Ok(name),
            None if self.is_eks => Err(Trouble::nameless(&self.context)),
            None => Err(Trouble::not_eks(&self.context)),
        }
    }

    /// Fills in what labels of nodes tell and the kubeconfig does not: eksctl writes its cluster's name on the nodes of its
    /// node groups, and every node in a cloud carries its region.
    pub fn learn_from(&mut self, nodes: &BTreeMap<String, Node>) {
        let label = |key: &str| {
            nodes.values().find_map(|node| {
                node.labels
                    .get(key)
                    .filter(|value| !value.is_empty())
                    .map(str::to_owned)
            })
        };
        if self.cluster_name.is_none()
            && let Some(name) = label("alpha.eksctl.io/cluster-name")
        {
            self.cluster_name = Some(name);
            self.is_eks = true;
        }
        if self.region.is_none() && self.is_eks {
            self.region = label("topology.kubernetes.io/region");
        }
    }

    /// Whose the profile is, where its ARN names another cluster than this one.
    pub fn is_foreign(&self, profile: &FargateProfile) -> Option<String> {
        let mut parts = profile.arn.as_deref()?.splitn(6, ':');
        if parts.next() != Some("arn") {
            return None;
        }
        let (region, account, resource) = (parts.nth(2)?, parts.next()?, parts.next()?);
        let cluster = resource
            .strip_prefix("fargateprofile/")?
            .split('/')
            .next()?;
        let differs = |known: &Option<String>, found: &str| {
            known
                .as_deref()
                .is_some_and(|known| !found.is_empty() && known != found)
        };
        (differs(&self.cluster_name, cluster)
            || differs(&self.region, region)
            || differs(&self.account, account))
        .then(|| format!("cluster {cluster} in {region} of account {account}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decision::facts::ProfileOrigin;

    fn some(text: &str) -> Option<String> {
        (!text.is_empty()).then(|| text.to_owned())
    }

    fn identity() -> EksIdentity {
        EksIdentity {
            name: some("prod"),
            region: some("eu-west-1"),
            account: some("123456789012"),
            is_eks: true,
            ..EksIdentity::default()
        }
    }

    fn resolved(
        identity: &EksIdentity,
        name: &str,
        region: &str,
        environment: &str,
    ) -> [String; 3] {
        let flags = EksFlags {
            cluster_name: some(name),
            region: some(region),
            aws_profile: None,
        };
        let target = EksTarget::resolve(identity, "work", &flags, |variable| {
            (variable == "AWS_REGION").then(|| environment.to_owned())
        });
        [target.cluster_name, target.region, target.account].map(Option::unwrap_or_default)
    }

    #[test]
    fn flags_then_kubeconfig_then_environment() {
        let arn = "arn:aws:eks:us-east-1:999999999999:cluster/other";
        for (known, name, region, environment, wanted, why) in [
            (
                identity(),
                "",
                "",
                "us-west-2",
                ["prod", "eu-west-1", "123456789012"],
                "the kubeconfig",
            ),
            (
                identity(),
                "other",
                "",
                "",
                ["other", "eu-west-1", ""],
                "another name: the account is not known to be the same",
            ),
            (
                identity(),
                "prod",
                "us-east-1",
                "",
                ["prod", "us-east-1", "123456789012"],
                "the region by flag",
            ),
            (
                identity(),
                arn,
                "",
                "",
                ["other", "us-east-1", "999999999999"],
                "an ARN as name",
            ),
            (
                EksIdentity::default(),
                "prod",
                "",
                "us-west-2",
                ["prod", "us-west-2", ""],
                "the environment last",
            ),
            (
                EksIdentity::default(),
                "",
                "",
                "",
                ["", "", ""],
                "nothing at all",
            ),
        ] {
            assert_eq!(resolved(&known, name, region, environment), wanted, "{why}");
        }
    }

    #[test]
    fn nodes_may_tell_the_cluster() {
        let node = Node {
            labels: [
                ("alpha.eksctl.io/cluster-name", "prod"),
                ("topology.kubernetes.io/region", "eu-west-1"),
            ]
            .map(|(key, value)| (key.to_owned(), value.to_owned()))
            .into(),
            ..Node::default()
        };
        let nodes = BTreeMap::from([("n1".to_owned(), node)]);
        let mut target = EksTarget::default();
        target.learn_from(&nodes);
        assert_eq!(target.cluster_name.as_deref(), Some("prod"));
        assert_eq!(target.region.as_deref(), Some("eu-west-1"));
    }

    #[test]
    fn profiles_of_others_are_known_by_their_arn() {
        let target = EksTarget::resolve(&identity(), "work", &EksFlags::default(), |_| None);
        let foreign = |arn: &str| {
            let profile = FargateProfile {
                arn: some(arn),
                ..FargateProfile::named("apps", ProfileOrigin::EksApi)
            };
            target.is_foreign(&profile).is_some()
        };
        for (arn, wanted, why) in [
            (
                "arn:aws:eks:eu-west-1:123456789012:fargateprofile/prod/apps/uuid",
                false,
                "ours",
            ),
            (
                "arn:aws:eks:eu-west-1:999999999999:fargateprofile/prod/apps/uuid",
                true,
                "another account",
            ),
            (
                "arn:aws:eks:us-east-1:123456789012:fargateprofile/prod/apps/uuid",
                true,
                "another region",
            ),
            (
                "arn:aws:eks:eu-west-1:123456789012:fargateprofile/dev/apps/uuid",
                true,
                "another cluster",
            ),
            ("", false, "no ARN"),
            ("nonsense", false, "no ARN either"),
        ] {
            assert_eq!(foreign(arn), wanted, "{why}");
        }
    }
}
