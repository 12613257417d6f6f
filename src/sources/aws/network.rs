//! The network of a profile: its subnets, where they send traffic to everywhere, and the DNS settings of their VPC.
//!
//! Two round trips: the subnets, which name their VPC; then route tables and DNS settings side by side.

use std::collections::{BTreeMap, BTreeSet};

use futures::future::join_all;

use super::ec2::{Ec2, RouteTable};
use super::optional::{Missed, Problem, note};
use super::trouble::listed;
use crate::decision::facts::aws::{DefaultRoute, Subnet, Vpc};
use crate::decision::facts::{FargateProfile, SourceNote, SourceStatus};

/// The `what` of the report's source, for all that EC2 is asked.
const WHAT: &str = "subnets";
const SUBNETS: &str = "ec2:DescribeSubnets";
const ROUTE_TABLES: &str = "ec2:DescribeRouteTables";
const VPC_ATTRIBUTE: &str = "ec2:DescribeVpcAttribute";

/// What EC2 told.
#[derive(Debug, Default)]
pub struct Network {
    /// By id.
    pub subnets: BTreeMap<String, Subnet>,
    /// By id.
    pub vpcs: BTreeMap<String, Vpc>,
    /// Subnets that EC2 does not know.
    pub unknown: BTreeSet<String>,
    /// How the reads went; `None` where there was nothing to ask.
    pub note: Option<SourceNote>,
}

/// Reads the network of these profiles.
pub async fn read(ec2: &Ec2, region: &str, profiles: &[&FargateProfile]) -> Network {
    let ids: BTreeSet<&str> = profiles
        .iter()
        .flat_map(|profile| profile.subnets.iter().map(String::as_str))
        .collect();
    if ids.is_empty() {
        return Network::default();
    }
    let ids: Vec<&str> = ids.into_iter().collect();
    let of_profiles = of_profiles(profiles);
    let subnets = match ec2.subnets(&ids).await {
        Ok(subnets) => subnets,
        Err(error) => {
            let missed = [Missed::new("the subnets", SUBNETS, &error)];
            let beyond = [ROUTE_TABLES, VPC_ATTRIBUTE];
            return Network::without(Problem::of(&missed, &of_profiles, "EC2", region, &beyond));
        }
    };
    let mut subnets: BTreeMap<String, Subnet> = subnets
        .into_iter()
        .map(|subnet| (subnet.id.clone(), subnet))
        .collect();
    let vpc_ids: BTreeSet<String> = subnets
        .values()
        .map(|subnet| subnet.vpc.clone())
        .filter(|vpc| !vpc.is_empty())
        .collect();
    let mut missed = Vec::new();
    let mut vpcs = BTreeMap::new();
    if !vpc_ids.is_empty() {
        let ids: Vec<&str> = vpc_ids.iter().map(String::as_str).collect();
        let settings = join_all(ids.iter().map(|id| dns_settings(ec2, id)));
        let (tables, settings) = futures::join!(ec2.route_tables(&ids), settings);
        match tables {
            Ok(tables) => {
                for subnet in subnets.values_mut() {
                    subnet.default_route = default_route(subnet, &tables);
                }
            }
            Err(error) => missed.push(Missed::new("the route tables", ROUTE_TABLES, &error)),
        }
        for (id, (vpc, failures)) in vpc_ids.iter().zip(settings) {
            vpcs.insert(id.clone(), vpc);
            missed.extend(failures);
        }
    }
    let of_vpcs = format!(
        "of {}",
        listed(&vpc_ids.iter().map(String::as_str).collect::<Vec<_>>())
    );
    let mut network = Network::without(Problem::of(&missed, &of_vpcs, "EC2", region, &[]));
    let unknown = unknown(&ids, &subnets);
    if network.note.is_none() {
        let problem = (!unknown.is_empty()).then(|| {
            format!(
                "EC2 does not know {} {of_profiles}: deleted, or hidden from these credentials",
                listed(&unknown)
            )
        });
        let status = match problem {
            Some(_) => SourceStatus::Partial,
            None => SourceStatus::Read,
        };
        network.note = Some(note(WHAT, status, None, problem));
    }
    network.unknown = unknown.into_iter().map(str::to_owned).collect();
    if let Some(note) = &mut network.note {
        note.count = u64::try_from(subnets.len()).ok();
    }
    network.subnets = subnets;
    network.vpcs = vpcs;
    network
}

impl Network {
    fn without(problem: Option<Problem>) -> Self {
        Self {
            note: problem.map(|problem| problem.note(WHAT)),
            ..Self::default()
        }
    }
}

async fn dns_settings(ec2: &Ec2, vpc: &str) -> (Vpc, Vec<Missed>) {
    let (support, hostnames) = futures::join!(
        ec2.vpc_attribute(vpc, "enableDnsSupport"),
        ec2.vpc_attribute(vpc, "enableDnsHostnames"),
    );
    let mut missed = Vec::new();
    let mut told = |answer: Result<Option<bool>, _>| {
        answer.unwrap_or_else(|error| {
            missed.push(Missed::new("the DNS settings", VPC_ATTRIBUTE, &error));
            None
        })
    };
    let vpc = Vpc {
        dns_support: told(support),
        dns_hostnames: told(hostnames),
    };
    (vpc, missed)
}

/// Where a subnet sends traffic to everywhere: by the table that it was given, else by the main one of its VPC.
///
/// Source: Amazon VPC User Guide, "Subnet route tables".
fn default_route(subnet: &Subnet, tables: &[RouteTable]) -> Option<DefaultRoute> {
    let own = tables
        .iter()
        .find(|table| table.subnets.contains(&subnet.id));
    let main = || {
        tables
            .iter()
            .find(|table| table.is_main && table.vpc == subnet.vpc)
    };
    own.or_else(main).map(|table| table.default_route.clone())
}

/// What EC2 did not know although a profile names it.
fn unknown<'i>(asked: &[&'i str], found: &BTreeMap<String, Subnet>) -> Vec<&'i str> {
    asked
        .iter()
        .copied()
        .filter(|id| !found.contains_key(*id))
        .collect()
}

/// `of profile apps`, `of profiles apps and batch`.
fn of_profiles(profiles: &[&FargateProfile]) -> String {
    let names: Vec<&str> = profiles
        .iter()
        .map(|profile| profile.name.as_str())
        .collect();
    let word = if names.len() == 1 {
        "profile"
    } else {
        "profiles"
    };
    format!("of {word} {}", listed(&names))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(id: &str, vpc: &str, is_main: bool, subnets: &[&str]) -> RouteTable {
        RouteTable {
            vpc: vpc.to_owned(),
            is_main,
            subnets: subnets.iter().map(|id| (*id).to_owned()).collect(),
            default_route: DefaultRoute::Other(format!("nat-of-{id}")),
        }
    }

    #[test]
    fn a_table_of_its_own_beats_the_main_one() {
        let tables = [
            table("main", "vpc-1", true, &[]),
            table("own", "vpc-1", false, &["subnet-1"]),
            table("unused", "vpc-1", false, &[]),
            table("elsewhere", "vpc-2", true, &[]),
        ];
        let route = |subnet: &str, vpc: &str, tables: &[RouteTable]| {
            let subnet = Subnet {
                id: subnet.to_owned(),
                vpc: vpc.to_owned(),
                ..Subnet::default()
            };
            match default_route(&subnet, tables) {
                Some(DefaultRoute::Other(target)) => target,
                other => format!("{other:?}"),
            }
        };
        assert_eq!(route("subnet-1", "vpc-1", &tables), "nat-of-own");
        assert_eq!(route("subnet-2", "vpc-1", &tables), "nat-of-main");
        assert_eq!(route("subnet-3", "vpc-2", &tables), "nat-of-elsewhere");
        assert_eq!(
            route("subnet-2", "vpc-1", &tables[1..]),
            "None",
            "no table that counts for it was read"
        );
    }

    #[test]
    fn a_subnet_that_ec2_does_not_know_is_told() {
        let found = BTreeMap::from([("subnet-1".to_owned(), Subnet::default())]);
        assert!(unknown(&["subnet-1"], &found).is_empty());
        assert_eq!(unknown(&["subnet-1", "subnet-2"], &found), ["subnet-2"]);
    }
}
