//! What AWS itself tells of a profile's surroundings: its subnets, their VPC, and how its role is let into the cluster.
//!
//! All of it is optional: what is not here was not asked, or not answered, which proves nothing.

use std::collections::{BTreeMap, BTreeSet};

/// What AWS told.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AwsFacts {
    /// Subnets by id (`subnet-…`), those of profiles that were asked about.
    pub subnets: BTreeMap<String, Subnet>,
    /// Subnets that a profile names and EC2 does not know.
    pub unknown_subnets: BTreeSet<String>,
    /// Their VPCs by id (`vpc-…`).
    pub vpcs: BTreeMap<String, Vpc>,
    /// How pod execution roles are let in, by role ARN; a role that was not asked about is not here.
    pub access_entries: BTreeMap<String, AccessEntry>,
    /// Whether EKS said that the cluster has no access entries (authentication mode `CONFIG_MAP`): `aws-auth` alone counts.
    pub goes_by_aws_auth_alone: bool,
}

/// A subnet. Source: EC2 API, DescribeSubnets and DescribeRouteTables.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Subnet {
    /// `subnetId`.
    pub id: String,
    /// `vpcId`; empty where not told.
    pub vpc: String,
    /// `availabilityZone`; empty where not told.
    pub zone: String,
    /// `availableIpAddressCount`; `None` where not told.
    pub available_addresses: Option<u64>,
    /// Where traffic to everywhere goes, by its own route table or else the VPC's main one; `None` where no table was read.
    pub default_route: Option<DefaultRoute>,
}

/// Where a route table sends traffic to `0.0.0.0/0` or `::/0`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DefaultRoute {
    /// To an internet gateway (`igw-…`): the subnet is public.
    InternetGateway {
        /// `gatewayId`.
        gateway: String,
        /// The route table (`rtb-…`).
        table: String,
        /// Whether that table is the VPC's main one, which holds for all subnets without one of their own.
        is_main: bool,
    },
    /// To something that no longer exists (state `blackhole`), by its id; empty where the route does not tell it.
    Blackhole(String),
    /// To something else (`nat-…`, `tgw-…`, `eni-…`, …), by its id.
    Other(String),
    /// Nowhere: only VPC endpoints lead out.
    None,
}

/// A VPC. Source: EC2 API, DescribeVpcAttribute.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Vpc {
    /// `enableDnsSupport`; `None` where not read.
    pub dns_support: Option<bool>,
    /// `enableDnsHostnames`; `None` where not read.
    pub dns_hostnames: Option<bool>,
}

/// How a role is let into the cluster by an access entry. Source: EKS API, DescribeAccessEntry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AccessEntry {
    /// There is an entry of this type (`FARGATE_LINUX`, `STANDARD`, …).
    Present(String),
    /// There is none.
    Absent,
}
