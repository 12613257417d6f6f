//! EC2's answers, out of their XML. A member that is absent or odd is left out; a document that is none, or another one than
//! was asked for, is no answer.
//!
//! Source: Amazon EC2 API Reference, the data types "Subnet", "RouteTable", "Route" and "RouteTableAssociation".

use aws_smithy_types::error::metadata::{ErrorMetadata, ProvideErrorMetadata};
use roxmltree::{Document, Node};

use crate::decision::facts::aws::{DefaultRoute, Subnet};

/// Some of the things asked for, and where the list goes on.
#[derive(Debug, PartialEq, Eq)]
pub struct Page<Item> {
    /// The things.
    pub items: Vec<Item>,
    /// `nextToken`, where there is more.
    pub next: Option<String>,
}

/// A route table, as far as it tells where traffic to everywhere goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RouteTable {
    /// `vpcId`.
    pub vpc: String,
    /// Whether it is the one for all subnets of the VPC that have none of their own.
    pub is_main: bool,
    /// The subnets that it was given to explicitly.
    pub subnets: Vec<String>,
    /// Where it sends traffic to everywhere.
    pub default_route: DefaultRoute,
}

/// What came is not an answer to the question.
#[derive(Debug, thiserror::Error)]
pub enum Garbled {
    /// It is no XML.
    #[error("the answer is not the XML that EC2 speaks")]
    NotXml(#[from] roxmltree::Error),
    /// It is the answer to something else.
    #[error("the answer is not to what was asked")]
    Another,
}

/// EC2 said no, with its own code and words.
#[derive(Debug)]
pub struct Refusal(ErrorMetadata);

impl std::fmt::Display for Refusal {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(formatter)
    }
}

impl std::error::Error for Refusal {}

impl ProvideErrorMetadata for Refusal {
    fn meta(&self) -> &ErrorMetadata {
        &self.0
    }
}

/// Reads an answer that is not a success. Where it is not EC2's own, it has neither code nor words.
pub fn refusal(text: &str) -> Refusal {
    let mut refusal = ErrorMetadata::builder();
    if let Ok(document) = Document::parse(text)
        && let Some(error) = document
            .descendants()
            .find(|node| node.tag_name().name() == "Error")
    {
        if let Some(code) = value(error, "Code") {
            refusal = refusal.code(code);
        }
        if let Some(message) = value(error, "Message") {
            // What follows is for machines with a right to decode it, and some hundred letters long.
            let words = message
                .split("Encoded authorization failure message")
                .next();
            refusal = refusal.message(words.unwrap_or_default().trim_end());
        }
    }
    Refusal(refusal.build())
}

/// Reads DescribeSubnets.
pub fn subnets(text: &str) -> Result<Page<Subnet>, Garbled> {
    page(text, "DescribeSubnetsResponse", "subnetSet", |item| {
        Some(Subnet {
            id: value(item, "subnetId")?.to_owned(),
            vpc: value(item, "vpcId").unwrap_or_default().to_owned(),
            zone: value(item, "availabilityZone")
                .unwrap_or_default()
                .to_owned(),
            available_addresses: value(item, "availableIpAddressCount")
                .and_then(|count| count.parse().ok()),
            default_route: None,
        })
    })
}

/// Reads DescribeRouteTables.
pub fn route_tables(text: &str) -> Result<Page<RouteTable>, Garbled> {
    page(
        text,
        "DescribeRouteTablesResponse",
        "routeTableSet",
        |item| {
            let table = value(item, "routeTableId")?;
            let associations: Vec<Node<'_, '_>> = items(item, "associationSet")
                .filter(|association| {
                    let state = child(*association, "associationState")
                        .and_then(|state| value(state, "state"));
                    !matches!(state, Some("disassociating" | "disassociated" | "failed"))
                })
                .collect();
            let is_main = associations
                .iter()
                .any(|association| value(*association, "main") == Some("true"));
            Some(RouteTable {
                vpc: value(item, "vpcId").unwrap_or_default().to_owned(),
                is_main,
                subnets: associations
                    .iter()
                    .filter_map(|association| value(*association, "subnetId").map(str::to_owned))
                    .collect(),
                default_route: default_route(table, is_main, items(item, "routeSet")),
            })
        },
    )
}

/// Reads DescribeVpcAttribute: `<enableDnsSupport><value>true</value></enableDnsSupport>`.
pub fn vpc_attribute(text: &str, attribute: &str) -> Result<Option<bool>, Garbled> {
    let document = Document::parse(text)?;
    let answer = root(&document, "DescribeVpcAttributeResponse")?;
    let setting = child(answer, attribute).and_then(|setting| value(setting, "value"));
    Ok(setting.and_then(|word| word.parse().ok()))
}

/// Where a table sends traffic to everywhere. One internet gateway makes the subnet public, whatever else there is.
fn default_route<'a>(
    table: &str,
    is_main: bool,
    routes: impl Iterator<Item = Node<'a, 'a>>,
) -> DefaultRoute {
    let mut other: Option<(bool, DefaultRoute)> = None;
    for route in routes {
        let is_v4 = value(route, "destinationCidrBlock") == Some("0.0.0.0/0");
        let is_v6 = value(route, "destinationIpv6CidrBlock") == Some("::/0");
        if !(is_v4 || is_v6) {
            continue;
        }
        let target = TARGETS.iter().find_map(|name| value(route, name));
        // What such a route leads to is gone: nothing passes.
        let is_blackhole = value(route, "state") == Some("blackhole");
        let way = match target {
            target if is_blackhole => {
                DefaultRoute::Blackhole(target.unwrap_or_default().to_owned())
            }
            Some(target) if target.starts_with("igw-") => {
                return DefaultRoute::InternetGateway {
                    gateway: target.to_owned(),
                    table: table.to_owned(),
                    is_main,
                };
            }
            Some(target) => DefaultRoute::Other(target.to_owned()),
            None => continue,
        };
        // Images are fetched by IPv4 first of all.
        if other.as_ref().is_none_or(|(had_v4, _)| is_v4 && !had_v4) {
            other = Some((is_v4, way));
        }
    }
    other.map_or(DefaultRoute::None, |(_, way)| way)
}

/// The members of a route that name what it leads to; one of them is there. An instance comes with its network interface.
const TARGETS: &[&str] = &[
    "gatewayId",
    "natGatewayId",
    "transitGatewayId",
    "vpcPeeringConnectionId",
    "egressOnlyInternetGatewayId",
    "networkInterfaceId",
    "instanceId",
    "localGatewayId",
    "carrierGatewayId",
    "coreNetworkArn",
    "odbNetworkArn",
];

fn page<Item>(
    text: &str,
    answer: &str,
    set: &str,
    read: impl Fn(Node<'_, '_>) -> Option<Item>,
) -> Result<Page<Item>, Garbled> {
    let document = Document::parse(text)?;
    let answer = root(&document, answer)?;
    child(answer, set).ok_or(Garbled::Another)?;
    Ok(Page {
        items: items(answer, set).filter_map(read).collect(),
        next: value(answer, "nextToken").map(str::to_owned),
    })
}

fn root<'a>(document: &'a Document<'_>, name: &str) -> Result<Node<'a, 'a>, Garbled> {
    let root = document.root_element();
    match root.tag_name().name() == name {
        true => Ok(root),
        false => Err(Garbled::Another),
    }
}

fn items<'a>(parent: Node<'a, 'a>, set: &str) -> impl Iterator<Item = Node<'a, 'a>> {
    child(parent, set)
        .into_iter()
        .flat_map(|set| set.children())
        .filter(|node| node.tag_name().name() == "item")
}

fn child<'a>(parent: Node<'a, 'a>, name: &str) -> Option<Node<'a, 'a>> {
    parent
        .children()
        .find(|node| node.tag_name().name() == name)
}

/// The text of a member; `None` where it is absent or empty.
fn value<'a>(parent: Node<'a, 'a>, name: &str) -> Option<&'a str> {
    child(parent, name)
        .and_then(|node| node.text())
        .map(str::trim)
        .filter(|text| !text.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    const NAMESPACE: &str = "http://ec2.amazonaws.com/doc/2016-11-15/";

    /// An answer with one route table that holds these routes.
    fn with_routes(routes: &str) -> DefaultRoute {
        let text = format!(
            r#"<DescribeRouteTablesResponse xmlns="{NAMESPACE}"><routeTableSet><item>
                <routeTableId>rtb-1</routeTableId><routeSet>
                <item><destinationCidrBlock>10.0.0.0/16</destinationCidrBlock><gatewayId>local</gatewayId><state>active</state></item>
                {routes}</routeSet></item></routeTableSet></DescribeRouteTablesResponse>"#
        );
        let page = route_tables(&text).expect("it is an answer");
        page.items[0].default_route.clone()
    }

    fn route(destination: &str, target: &str, state: &str) -> String {
        let key = match destination.contains(':') {
            true => "destinationIpv6CidrBlock",
            false => "destinationCidrBlock",
        };
        format!("<item><{key}>{destination}</{key}>{target}<state>{state}</state></item>")
    }

    #[test]
    fn where_traffic_to_everywhere_goes() {
        let igw = "<gatewayId>igw-1</gatewayId>";
        let nat = "<natGatewayId>nat-1</natGatewayId>";
        let eigw = "<egressOnlyInternetGatewayId>eigw-1</egressOnlyInternetGatewayId>";
        let instance = "<instanceId>i-1</instanceId><networkInterfaceId>eni-1</networkInterfaceId>";
        let public = || DefaultRoute::InternetGateway {
            gateway: "igw-1".to_owned(),
            table: "rtb-1".to_owned(),
            is_main: false,
        };
        let gone = |target: &str| DefaultRoute::Blackhole(target.to_owned());
        let other = |target: &str| DefaultRoute::Other(target.to_owned());
        for (routes, wanted, why) in [
            (
                route("0.0.0.0/0", igw, "active"),
                public(),
                "a public subnet",
            ),
            (
                route("0.0.0.0/0", nat, "active"),
                other("nat-1"),
                "a private one",
            ),
            (
                route("::/0", igw, "active"),
                public(),
                "public by IPv6 alone",
            ),
            (
                route("::/0", eigw, "active"),
                other("eigw-1"),
                "only outwards, so not public",
            ),
            (
                route("::/0", eigw, "active") + &route("0.0.0.0/0", nat, "active"),
                other("nat-1"),
                "IPv4 is told first",
            ),
            (
                route("0.0.0.0/0", nat, "active") + &route("::/0", igw, "active"),
                public(),
                "one internet gateway is enough",
            ),
            (
                route(
                    "0.0.0.0/0",
                    "<transitGatewayId>tgw-1</transitGatewayId>",
                    "active",
                ),
                other("tgw-1"),
                "out by another VPC",
            ),
            (
                route("0.0.0.0/0", instance, "active"),
                other("eni-1"),
                "a NAT instance",
            ),
            (
                route("0.0.0.0/0", "<gatewayId>vgw-1</gatewayId>", "active"),
                other("vgw-1"),
                "a gateway, but not to the internet",
            ),
            (
                route("0.0.0.0/0", nat, "blackhole"),
                gone("nat-1"),
                "the NAT gateway is gone",
            ),
            (
                route("0.0.0.0/0", igw, "blackhole"),
                gone("igw-1"),
                "the internet gateway is gone",
            ),
            (
                route("0.0.0.0/0", "", "blackhole"),
                gone(""),
                "what is gone is not told",
            ),
            (
                route("::/0", eigw, "active") + &route("0.0.0.0/0", nat, "blackhole"),
                gone("nat-1"),
                "IPv4 leads nowhere",
            ),
            (
                route("::/0", eigw, "blackhole") + &route("0.0.0.0/0", nat, "active"),
                other("nat-1"),
                "IPv4 leads out",
            ),
            (
                route("192.168.0.0/16", igw, "active"),
                DefaultRoute::None,
                "not to everywhere",
            ),
            (String::new(), DefaultRoute::None, "no way out"),
        ] {
            assert_eq!(with_routes(&routes), wanted, "{why}");
        }
    }

    #[test]
    fn subnets_and_the_next_page() {
        let text = format!(
            r#"<?xml version="1.0" encoding="UTF-8"?>
            <DescribeSubnetsResponse xmlns="{NAMESPACE}"><requestId>59dbff89</requestId><subnetSet>
            <item><subnetId>subnet-1</subnetId><vpcId>vpc-1</vpcId><availabilityZone>eu-west-1a</availabilityZone>
            <availableIpAddressCount>251</availableIpAddressCount><tagSet><item><key>Name</key><value>a &amp; b</value></item></tagSet></item>
            <item><subnetId>subnet-2</subnetId><availableIpAddressCount>many</availableIpAddressCount></item>
            <item><vpcId>vpc-1</vpcId></item>
            </subnetSet><nextToken>more</nextToken></DescribeSubnetsResponse>"#
        );
        let page = subnets(&text).expect("it is an answer");
        assert_eq!(page.next.as_deref(), Some("more"));
        assert_eq!(
            page.items,
            [
                Subnet {
                    id: "subnet-1".to_owned(),
                    vpc: "vpc-1".to_owned(),
                    zone: "eu-west-1a".to_owned(),
                    available_addresses: Some(251),
                    default_route: None,
                },
                Subnet {
                    id: "subnet-2".to_owned(),
                    ..Subnet::default()
                },
            ]
        );
    }

    #[test]
    fn associations_of_a_table() {
        let text = format!(
            r#"<DescribeRouteTablesResponse xmlns="{NAMESPACE}"><routeTableSet>
            <item><routeTableId>rtb-1</routeTableId><vpcId>vpc-1</vpcId><associationSet>
              <item><main>true</main><associationState><state>associated</state></associationState></item>
            </associationSet></item>
            <item><routeTableId>rtb-2</routeTableId><vpcId>vpc-1</vpcId><associationSet>
              <item><subnetId>subnet-1</subnetId><main>false</main></item>
              <item><subnetId>subnet-2</subnetId><main>false</main><associationState><state>disassociated</state></associationState></item>
              <item><gatewayId>igw-1</gatewayId><main>false</main></item>
            </associationSet></item></routeTableSet></DescribeRouteTablesResponse>"#
        );
        let page = route_tables(&text).expect("it is an answer");
        let seen: Vec<(bool, Vec<String>)> = page
            .items
            .into_iter()
            .map(|table| (table.is_main, table.subnets))
            .collect();
        assert_eq!(
            seen,
            [(true, Vec::new()), (false, vec!["subnet-1".to_owned()])]
        );
        assert_eq!(page.next, None);
    }

    #[test]
    fn settings_of_a_vpc() {
        let text = |inside: &str| {
            format!(
                r#"<DescribeVpcAttributeResponse xmlns="{NAMESPACE}"><vpcId>vpc-1</vpcId>{inside}</DescribeVpcAttributeResponse>"#
            )
        };
        for (inside, wanted) in [
            (
                "<enableDnsSupport><value>true</value></enableDnsSupport>",
                Some(true),
            ),
            (
                "<enableDnsSupport><value>false</value></enableDnsSupport>",
                Some(false),
            ),
            ("<enableDnsSupport/>", None),
            (
                "<enableDnsHostnames><value>false</value></enableDnsHostnames>",
                None,
            ),
        ] {
            let answer = vpc_attribute(&text(inside), "enableDnsSupport");
            assert_eq!(answer.expect("it is an answer"), wanted, "{inside}");
        }
    }

    #[test]
    fn what_is_no_answer_is_not_taken_for_an_empty_one() {
        for (text, why) in [
            ("", "nothing"),
            ("{\"subnets\": []}", "JSON"),
            ("<html><body>Sign in</body></html>", "a page of a proxy"),
            ("<DescribeSubnetsResponse/>", "without its list"),
            (
                "<DescribeSubnetsResponse><subnetSet><item><subnetId>subnet-1</subnetId></item>",
                "it broke off",
            ),
            (
                "<!DOCTYPE x [<!ENTITY a \"b\">]><DescribeSubnetsResponse><subnetSet/></DescribeSubnetsResponse>",
                "entities of its own",
            ),
            (
                "<DescribeVpcsResponse><subnetSet/></DescribeVpcsResponse>",
                "another answer",
            ),
        ] {
            assert!(subnets(text).is_err(), "{why}");
        }
    }

    #[test]
    fn refusals_have_a_code_and_words_for_people() {
        let text = "<?xml version=\"1.0\"?><Response><Errors><Error><Code>UnauthorizedOperation</Code><Message>You are not \
                    authorized to perform this operation. Encoded authorization failure message: 4zGkq9x_Lb0</Message></Error></Errors>\
                    <RequestID>1</RequestID></Response>";
        let refusal = refusal(text);
        assert_eq!(refusal.code(), Some("UnauthorizedOperation"));
        assert_eq!(
            refusal.message(),
            Some("You are not authorized to perform this operation.")
        );
        let strange = super::refusal("<html>503</html>");
        assert_eq!((strange.code(), strange.message()), (None, None));
    }
}
