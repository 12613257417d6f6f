//! What AWS tells of the network and the role of a profile for which a pod waits; and that an answer is whole without it.

use std::time::Duration;

use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_sdk_eks::config::{Credentials, SharedCredentialsProvider};
use kubectl_fargate::{
    decision::facts::{
        ClusterIdentity, SourceStatus,
        aws::{AccessEntry, DefaultRoute, Vpc},
    },
    sources::{
        Input, Question,
        aws::{Connection, Surroundings, read_surroundings},
        kubeconfig::Patience,
        offline,
    },
};
use serde_json::{Value, json};

use crate::{
    lab::{
        Lab,
        eks_stub::{self, Answer, Asked, EksStub, profile_asked_for},
        invocation::{Invocation, Outcome},
        moto::{Moto, REGION},
        objects,
        process::free_port,
        users::User,
    },
    report::pod_of,
    tests,
};

tests![
    the_network_of_a_waiting_pod_is_read,
    nothing_is_asked_for_a_pod_that_runs,
    a_public_subnet_decides,
    a_pod_that_runs_elsewhere_by_the_same_profile_is_seen,
    a_cluster_without_access_entries_goes_by_aws_auth_alone,
    a_profile_that_may_not_be_described_is_not_known,
    a_default_route_to_nowhere_is_told,
    subnets_routes_and_dns,
    a_subnet_that_is_gone,
    route_tables_come_in_pages,
    access_entries,
    ec2_denies_everything,
    a_refusal_is_one_line_of_the_story,
    ec2_denies_the_second_step,
    ec2_throttles_once,
    ec2_keeps_silent,
    ec2_talks_garbage,
    ec2_cannot_be_reached,
    access_entries_denied,
    access_entries_not_in_use,
];

const ROLE: &str = "arn:aws:iam::123456789012:role/pods";
const SUBNET: &str = "subnet-0a1b2c3d4e5f60718";

fn the_network_of_a_waiting_pod_is_read(lab: &Lab) {
    let network = Network::make(lab.moto());
    let (cluster, namespace) = (lab.unique("prod"), lab.namespace("shop"));
    lab.moto().create_cluster(&cluster);
    lab.moto().create_profile_in(
        &cluster,
        "apps",
        &json!([{"namespace": namespace}]),
        &[&network.private, &network.public],
    );
    lab.cluster()
        .api()
        .create(&objects::claimed_pod(&namespace, "web", "apps"));
    let outcome = ask(lab, &cluster, &namespace, &lab.moto().url()).run();
    let report = outcome.report();
    assert_eq!(
        note(&report, "subnets"),
        &json!({"what": "subnets", "status": "Read", "count": 2}),
        "{outcome}"
    );
}

fn a_public_subnet_decides(lab: &Lab) {
    let network = Network::make(lab.moto());
    let (cluster, namespace) = (lab.unique("prod"), lab.namespace("shop"));
    lab.moto().create_cluster(&cluster);
    lab.moto().create_profile_in(
        &cluster,
        "apps",
        &json!([{"namespace": namespace}]),
        &[&network.public],
    );
    lab.cluster()
        .api()
        .create(&objects::claimed_pod(&namespace, "web", "apps"));
    let report = ask(lab, &cluster, &namespace, &lab.moto().url())
        .run()
        .report();
    let pod = pod_of(&report, &namespace, "web");
    assert_eq!(
        (&pod["reason"], &pod["certainty"], &pod["expected"]["kind"]),
        (
            &json!("SubnetNotPrivate"),
            &json!("Likely"),
            &json!("Fargate")
        ),
        "{report:#}"
    );
    let evidence = &pod["findings"][0]["evidence"][0];
    assert_eq!(
        (&evidence["object"], &evidence["found"]),
        (
            &json!(format!("subnet/{}", network.public)),
            &json!(network.gateway)
        ),
        "{report:#}"
    );
}

/// The question is about one pod in one namespace, and the other pod is in another.
fn a_pod_that_runs_elsewhere_by_the_same_profile_is_seen(lab: &Lab) {
    let network = Network::make(lab.moto());
    let (cluster, namespace) = (lab.unique("prod"), lab.namespace("shop"));
    let elsewhere = lab.namespace("till");
    // A name of its own: the pods of the whole cluster are looked through.
    let profile = lab.unique("apps");
    lab.moto().create_cluster(&cluster);
    lab.moto().create_profile_in(
        &cluster,
        &profile,
        &json!([{"namespace": namespace}, {"namespace": elsewhere}]),
        &[&network.public],
    );
    let api = lab.cluster().api();
    api.create(&objects::claimed_pod(&namespace, "web", &profile));
    let node = "fargate-ip-10-0-1-23.eu-west-1.compute.internal";
    api.create(&objects::with(
        objects::running_pod(&elsewhere, "till", node),
        &objects::claimed_pod(&elsewhere, "till", &profile),
    ));
    let outcome = ask(lab, &cluster, &namespace, &lab.moto().url()).run();
    let report = outcome.report();
    assert_eq!(
        report["pods"].as_array().map(Vec::len),
        Some(1),
        "{outcome}"
    );
    // With a pod that runs by the profile, its public subnet does not decide.
    let pod = pod_of(&report, &namespace, "web");
    assert_eq!(pod["reason"], "Provisioning", "{outcome}");
    let public = pod["findings"]
        .as_array()
        .into_iter()
        .flatten()
        .find(|finding| finding["reason"] == "SubnetNotPrivate");
    assert_eq!(
        public.map(|finding| &finding["severity"]),
        Some(&json!("Warning")),
        "{outcome}"
    );
}

fn a_cluster_without_access_entries_goes_by_aws_auth_alone(lab: &Lab) {
    let stub = EksStub::start(|asked| match is_about_access(asked) {
        true => Answer::Error(
            400,
            "InvalidRequestException",
            "The cluster's authentication mode must be set to one of [API, API_AND_CONFIG_MAP] to perform this operation.",
        ),
        false => well(asked),
    });
    let told = facts(lab, &stub.url(), &[SUBNET]);
    assert!(told.facts.goes_by_aws_auth_alone, "{told:?}");
    let told = facts(lab, &EksStub::start(well).url(), &[SUBNET]);
    assert!(!told.facts.goes_by_aws_auth_alone, "{told:?}");
}

fn a_profile_that_may_not_be_described_is_not_known(lab: &Lab) {
    let stub = EksStub::start(|asked| match profile_asked_for(&asked.path) {
        Some(_) => Answer::Error(403, "AccessDeniedException", "not authorized"),
        None => well(asked),
    });
    let report = waits(lab, &stub.url()).report();
    let pod = &report["pods"][0];
    let unknown = pod["findings"]
        .as_array()
        .into_iter()
        .flatten()
        .find(|finding| finding["reason"] == "ProfilesUnknown")
        .unwrap_or_else(|| panic!("{report:#}"));
    assert!(
        unknown["message"].as_str().is_some_and(
            |message| message.contains("cluster prod are known, but not the selectors")
        ),
        "{report:#}"
    );
}

fn a_default_route_to_nowhere_is_told(lab: &Lab) {
    let stub = EksStub::start(|asked| match asked.ec2_action() {
        Some("DescribeRouteTables") => tables(
            "<main>true</main>",
            "<natGatewayId>nat-9</natGatewayId><state>blackhole</state>",
            "",
        ),
        _ => well(asked),
    });
    let told = facts(lab, &stub.url(), &[SUBNET]);
    assert_eq!(
        told.facts.subnets[SUBNET].default_route,
        Some(DefaultRoute::Blackhole("nat-9".to_owned())),
        "{told:?}"
    );
}

fn nothing_is_asked_for_a_pod_that_runs(lab: &Lab) {
    let namespace = lab.namespace("shop");
    let stub = EksStub::with_profiles(vec![eks_stub::profile(
        "prod",
        "apps",
        &namespace,
        &json!({}),
    )]);
    lab.cluster().api().create(&objects::running_pod(
        &namespace,
        "web",
        "ip-10-0-1-23.eu-west-1.compute.internal",
    ));
    let report = ask(lab, "prod", &namespace, &stub.url()).run().report();
    assert!(report["sources"].as_array().is_some_and(|notes| {
        notes
            .iter()
            .all(|note| note["what"] != "subnets" && note["what"] != "accessentries")
    }));
    let asked = stub.asked();
    assert!(
        asked
            .iter()
            .all(|asked| asked.contains("/fargate-profiles")),
        "{asked:?}"
    );
}

fn subnets_routes_and_dns(lab: &Lab) {
    let network = Network::make(lab.moto());
    let told = facts(
        lab,
        &lab.moto().url(),
        &[&network.private, &network.public, &network.by_main],
    );
    let subnet = |id: &str| {
        told.facts
            .subnets
            .get(id)
            .unwrap_or_else(|| panic!("{told:?}"))
    };
    for id in [&network.private, &network.public, &network.by_main] {
        assert_eq!(subnet(id).vpc, network.vpc, "{told:?}");
        assert_eq!(subnet(id).zone, "eu-west-1a", "{told:?}");
    }
    // Of the 16 addresses of a /28, AWS keeps five.
    assert_eq!(
        subnet(&network.private).available_addresses,
        Some(11),
        "{told:?}"
    );
    assert_eq!(
        subnet(&network.public).default_route,
        Some(DefaultRoute::InternetGateway {
            gateway: network.gateway.clone(),
            table: network.public_table.clone(),
            is_main: false,
        }),
        "{told:?}"
    );
    assert!(
        matches!(&subnet(&network.private).default_route, Some(DefaultRoute::Other(target)) if target.starts_with("nat-")),
        "{told:?}"
    );
    assert_eq!(
        subnet(&network.by_main).default_route,
        Some(DefaultRoute::None),
        "the main table leads nowhere: {told:?}"
    );
    assert_eq!(
        told.facts.vpcs.get(&network.vpc),
        Some(&Vpc {
            dns_support: Some(true),
            dns_hostnames: Some(false),
        }),
        "{told:?}"
    );
    assert_eq!(told.notes[0].status, SourceStatus::Read, "{told:?}");
}

/// One unknown id must not hide the others.
fn a_subnet_that_is_gone(lab: &Lab) {
    let network = Network::make(lab.moto());
    let told = facts(lab, &lab.moto().url(), &[&network.private, "subnet-0dead"]);
    assert!(
        told.facts.subnets.contains_key(&network.private),
        "{told:?}"
    );
    assert!(told.facts.unknown_subnets.contains("subnet-0dead"));
    assert_eq!(
        told.notes[0].detail.as_deref(),
        Some(
            "EC2 does not know subnet-0dead of profile apps: deleted, or hidden from these credentials"
        )
    );
    assert_eq!(told.notes[0].status, SourceStatus::Partial, "{told:?}");
}

fn route_tables_come_in_pages(lab: &Lab) {
    let stub = EksStub::start(|asked| match asked.ec2_action() {
        Some("DescribeRouteTables") if asked.body.contains("NextToken=second") => tables(
            &format!("<subnetId>{SUBNET}</subnetId>"),
            "<gatewayId>igw-1</gatewayId>",
            "",
        ),
        Some("DescribeRouteTables") => tables(
            "<main>true</main>",
            "<natGatewayId>nat-1</natGatewayId>",
            "second",
        ),
        _ => well(asked),
    });
    let told = facts(lab, &stub.url(), &[SUBNET]);
    assert_eq!(
        told.facts.subnets[SUBNET].default_route,
        Some(DefaultRoute::InternetGateway {
            gateway: "igw-1".to_owned(),
            table: "rtb-1".to_owned(),
            is_main: false,
        }),
        "the table of its own came last: {told:?}\n{:?}",
        stub.asked()
    );
}

fn access_entries(lab: &Lab) {
    let present = EksStub::start(well);
    let told = facts(lab, &present.url(), &[SUBNET]);
    let entry = AccessEntry::Present("FARGATE_LINUX".to_owned());
    assert_eq!(
        told.facts.access_entries.get(ROLE),
        Some(&entry),
        "{told:?}"
    );

    let absent = EksStub::start(|asked| match is_about_access(asked) {
        true => Answer::Error(
            404,
            "ResourceNotFoundException",
            "The specified principalArn could not be found. You can view your available access entries with 'list-access-entries'.",
        ),
        false => well(asked),
    });
    let told = facts(lab, &absent.url(), &[SUBNET]);
    assert_eq!(
        told.facts.access_entries.get(ROLE),
        Some(&AccessEntry::Absent),
        "{told:?}"
    );

    let no_cluster = EksStub::start(|asked| match is_about_access(asked) {
        true => Answer::Error(
            404,
            "ResourceNotFoundException",
            "No cluster found for name: prod.",
        ),
        false => well(asked),
    });
    let told = facts(lab, &no_cluster.url(), &[SUBNET]);
    assert!(told.facts.access_entries.is_empty(), "{told:?}");
}

fn ec2_denies_everything(lab: &Lab) {
    let stub = EksStub::start(|asked| match asked.ec2_action() {
        Some(_) => denied(),
        None => well(asked),
    });
    let outcome = waits(lab, &stub.url());
    let report = outcome.report();
    let note = note(&report, "subnets");
    assert_eq!(note["status"], "Forbidden", "{outcome}");
    says(
        note,
        &[
            "ec2:DescribeSubnets",
            "ec2:DescribeRouteTables",
            "ec2:DescribeVpcAttribute",
            "UnauthorizedOperation",
            "not authorized to perform this operation",
        ],
    );
    assert!(!note.to_string().contains("4zGkq9x"), "{note}");
    assert!(outcome.stderr.is_empty(), "{outcome}");
    let asked = stub.asked();
    let questions = asked.iter().filter(|asked| asked.contains("Action="));
    assert_eq!(questions.count(), 1, "a refusal is not repeated: {asked:?}");
}

fn a_refusal_is_one_line_of_the_story(lab: &Lab) {
    let stub = EksStub::start(|asked| match asked.ec2_action() {
        Some(_) => denied(),
        None => well(asked),
    });
    let namespace = lab.namespace("shop");
    lab.cluster()
        .api()
        .create(&objects::claimed_pod(&namespace, "web", "apps"));
    let outcome = lab
        .kubectl_fargate(&lab.kubeconfig(User::Admin).named_by_arn(REGION, "prod"))
        .env("AWS_ENDPOINT_URL", stub.url())
        .args(["explain", "pod/web", "-n", &namespace])
        .run();
    assert_eq!(outcome.code, Some(0), "{outcome}");
    let lines: Vec<&str> = outcome
        .stdout
        .lines()
        .filter(|line| line.contains("Not read:"))
        .collect();
    assert_eq!(lines.len(), 1, "{outcome}");
    assert!(
        lines[0].contains("subnets (Forbidden): needs the IAM action"),
        "{outcome}"
    );
    assert!(outcome.stdout.contains("ec2:DescribeSubnets"), "{outcome}");
    // What AWS said about it is for those who read the JSON.
    assert!(!outcome.stdout.contains("not authorized"), "{outcome}");
}

fn ec2_denies_the_second_step(lab: &Lab) {
    let stub = EksStub::start(|asked| match asked.ec2_action() {
        Some("DescribeRouteTables") => denied(),
        _ => well(asked),
    });
    let told = facts(lab, &stub.url(), &[SUBNET]);
    assert_eq!(told.facts.subnets[SUBNET].default_route, None, "{told:?}");
    assert_eq!(told.facts.vpcs["vpc-1"].dns_support, Some(true), "{told:?}");
    let detail = told.notes[0].detail.as_deref().unwrap_or_default();
    assert!(
        detail.starts_with(
            "could not read the route tables of vpc-1: that takes the IAM action ec2:DescribeRouteTables (UnauthorizedOperation)"
        ),
        "{told:?}"
    );
}

fn ec2_throttles_once(lab: &Lab) {
    let turns = std::sync::atomic::AtomicU32::new(0);
    let stub = EksStub::start(move |asked| {
        let is_first = asked.ec2_action().is_some()
            && turns.fetch_add(1, std::sync::atomic::Ordering::Relaxed) == 0;
        match is_first {
            true => refusal(503, "RequestLimitExceeded", "Request limit exceeded."),
            false => well(asked),
        }
    });
    let outcome = waits(lab, &stub.url());
    assert_eq!(
        note(&outcome.report(), "subnets")["status"],
        "Read",
        "{outcome}"
    );
}

fn ec2_keeps_silent(lab: &Lab) {
    let stub = EksStub::start(|asked| match asked.ec2_action() {
        Some(_) => Answer::Silence,
        None => well(asked),
    });
    let namespace = lab.namespace("shop");
    let outcome = waiting(lab, &namespace, &stub.url())
        .args(["--request-timeout", "2s"])
        .run();
    let report = outcome.report();
    assert_eq!(note(&report, "subnets")["status"], "TimedOut", "{outcome}");
    assert_eq!(
        note(&report, "accessentries")["status"],
        "Read",
        "{outcome}"
    );
    assert!(outcome.took < Duration::from_secs(15), "{outcome}");
}

fn ec2_talks_garbage(lab: &Lab) {
    for text in [
        "<html>Sign in</html>",
        "{}",
        "",
        "<DescribeSubnetsResponse>",
    ] {
        let stub = EksStub::start(move |asked| match asked.ec2_action() {
            Some(_) => Answer::Text(200, text.to_owned()),
            None => well(asked),
        });
        let outcome = waits(lab, &stub.url());
        let report = outcome.report();
        assert_eq!(
            note(&report, "subnets")["status"],
            "Failed",
            "{text}\n{outcome}"
        );
    }
}

fn ec2_cannot_be_reached(lab: &Lab) {
    let stub = EksStub::start(well);
    let namespace = lab.namespace("shop");
    let nobody = format!("http://127.0.0.1:{}", free_port());
    let outcome = waiting(lab, &namespace, &stub.url())
        .env("AWS_ENDPOINT_URL_EC2", nobody)
        .run();
    let report = outcome.report();
    let note = note(&report, "subnets");
    assert_eq!(note["status"], "Failed", "{outcome}");
    says(note, &["EC2", REGION]);
}

fn access_entries_denied(lab: &Lab) {
    let stub = EksStub::start(|asked| match is_about_access(asked) {
        true => Answer::Error(403, "AccessDeniedException", "not authorized"),
        false => well(asked),
    });
    let outcome = waits(lab, &stub.url());
    let report = outcome.report();
    let note = note(&report, "accessentries");
    assert_eq!(note["status"], "Forbidden", "{outcome}");
    says(note, &["eks:DescribeAccessEntry", ROLE]);
}

fn access_entries_not_in_use(lab: &Lab) {
    let stub = EksStub::start(|asked| match is_about_access(asked) {
        true => Answer::Error(
            400,
            "InvalidRequestException",
            "The cluster's authentication mode must be set to one of [API, API_AND_CONFIG_MAP] to perform this operation.",
        ),
        false => well(asked),
    });
    let outcome = waits(lab, &stub.url());
    let report = outcome.report();
    let note = note(&report, "accessentries");
    assert_eq!(note["status"], "NotServed", "{outcome}");
    says(note, &["CONFIG_MAP"]);
}

/// A VPC in moto with a public subnet, a private one, and one that has no route table of its own.
struct Network {
    vpc: String,
    gateway: String,
    public: String,
    public_table: String,
    private: String,
    by_main: String,
}

impl Network {
    fn make(moto: &Moto) -> Self {
        let vpc = moto.ec2("CreateVpc", &[("CidrBlock", "10.0.0.0/16")], "vpcId");
        let subnet = |block: &str| {
            moto.ec2(
                "CreateSubnet",
                &[
                    ("VpcId", &vpc),
                    ("CidrBlock", block),
                    ("AvailabilityZone", "eu-west-1a"),
                ],
                "subnetId",
            )
        };
        let (public, private, by_main) = (
            subnet("10.0.0.0/28"),
            subnet("10.0.1.0/28"),
            subnet("10.0.2.0/28"),
        );
        let gateway = moto.ec2("CreateInternetGateway", &[], "internetGatewayId");
        moto.ec2(
            "AttachInternetGateway",
            &[("InternetGatewayId", &gateway), ("VpcId", &vpc)],
            "requestId",
        );
        let nat = moto.ec2(
            "CreateNatGateway",
            &[("SubnetId", &public), ("ConnectivityType", "private")],
            "natGatewayId",
        );
        let table = |subnet: &str, key: &str, target: &str| {
            let table = moto.ec2("CreateRouteTable", &[("VpcId", &vpc)], "routeTableId");
            moto.ec2(
                "CreateRoute",
                &[
                    ("RouteTableId", &table),
                    ("DestinationCidrBlock", "0.0.0.0/0"),
                    (key, target),
                ],
                "requestId",
            );
            moto.ec2(
                "AssociateRouteTable",
                &[("RouteTableId", &table), ("SubnetId", subnet)],
                "associationId",
            );
            table
        };
        let public_table = table(&public, "GatewayId", &gateway);
        table(&private, "NatGatewayId", &nat);
        Self {
            vpc,
            gateway,
            public,
            public_table,
            private,
            by_main,
        }
    }
}

/// Reads the surroundings of a profile `apps` in these subnets, for which a pod waits, from an endpoint.
fn facts(lab: &Lab, endpoint: &str, subnets: &[&str]) -> Surroundings {
    let folder = lab.scratch("surroundings");
    let write = |name: &str, object: &Value| {
        let path = folder.join(name);
        std::fs::write(&path, object.to_string()).expect("the folder is ours");
        Input::from(path)
    };
    let pod = objects::with(
        objects::claimed_pod("shop", "web", "apps"),
        &json!({"metadata": {"creationTimestamp": "2026-11-20T12:00:00Z"}, "status": {"phase": "Pending"}}),
    );
    let profile = objects::with(
        eks_stub::profile("prod", "apps", "shop", &json!({})),
        &json!({"subnets": subnets}),
    );
    let gathered = offline::gather(
        &[write("pod.json", &pod)],
        &[write("profile.json", &json!({"fargateProfile": profile}))],
        None,
        &Question::default(),
        &ClusterIdentity::default(),
    )
    .expect("both files are fine");
    let config = SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new(REGION))
        .endpoint_url(endpoint)
        .credentials_provider(SharedCredentialsProvider::new(Credentials::for_tests()))
        .http_client(aws_smithy_http_client::Builder::new().build_http())
        .build();
    let connection = Connection {
        client: aws_sdk_eks::Client::new(&config),
        region: REGION.to_owned(),
        config,
    };
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime can be had")
        .block_on(read_surroundings(
            &connection,
            "prod",
            &gathered.snapshot,
            &gathered.subjects,
            Patience::default(),
        ))
}

/// EKS and EC2 as they should be, in every namespace: a profile `apps`, its access entry, its subnet with a way out.
pub fn well(asked: &Asked) -> Answer {
    match asked.ec2_action() {
        Some("DescribeSubnets") => xml(
            "DescribeSubnets",
            &format!(
                "<subnetSet><item><subnetId>{SUBNET}</subnetId><vpcId>vpc-1</vpcId><availabilityZone>eu-west-1a</availabilityZone>\
                 <availableIpAddressCount>251</availableIpAddressCount></item></subnetSet>"
            ),
        ),
        Some("DescribeRouteTables") => tables(
            "<main>true</main>",
            "<natGatewayId>nat-1</natGatewayId>",
            "",
        ),
        Some("DescribeVpcAttribute") => xml(
            "DescribeVpcAttribute",
            "<vpcId>vpc-1</vpcId><enableDnsSupport><value>true</value></enableDnsSupport>\
             <enableDnsHostnames><value>true</value></enableDnsHostnames>",
        ),
        Some(other) => panic!("nobody should ask for {other}"),
        None if is_about_access(asked) => Answer::Json(
            200,
            json!({"accessEntry": {"clusterName": "prod", "principalArn": ROLE, "type": "FARGATE_LINUX"}}),
        ),
        None => match profile_asked_for(&asked.path) {
            None => Answer::Json(200, json!({"fargateProfileNames": ["apps"]})),
            Some(_) => Answer::Json(
                200,
                json!({"fargateProfile": eks_stub::profile("prod", "apps", "*", &json!({}))}),
            ),
        },
    }
}

fn is_about_access(asked: &Asked) -> bool {
    asked.path.contains("/access-entries/")
}

fn xml(action: &str, inside: &str) -> Answer {
    Answer::Text(
        200,
        format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<{action}Response xmlns=\"http://ec2.amazonaws.com/doc/2016-11-15/\">\
             <requestId>0</requestId>{inside}</{action}Response>"
        ),
    )
}

/// One route table with an association and a default route.
fn tables(association: &str, target: &str, next: &str) -> Answer {
    xml(
        "DescribeRouteTables",
        &format!(
            "<routeTableSet><item><routeTableId>rtb-1</routeTableId><vpcId>vpc-1</vpcId>\
             <routeSet><item><destinationCidrBlock>0.0.0.0/0</destinationCidrBlock>{target}<state>active</state></item></routeSet>\
             <associationSet><item>{association}</item></associationSet></item></routeTableSet><nextToken>{next}</nextToken>"
        ),
    )
}

/// EC2 does not let this user ask.
pub fn denied() -> Answer {
    let words = "You are not authorized to perform this operation. Encoded authorization failure message: 4zGkq9x_Lb0";
    refusal(403, "UnauthorizedOperation", words)
}

fn refusal(status: u16, code: &str, words: &str) -> Answer {
    Answer::Text(
        status,
        format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Response><Errors><Error><Code>{code}</Code><Message>{words}</Message></Error></Errors>\
             <RequestID>0</RequestID></Response>"
        ),
    )
}

/// Asks about a pod `web` of a namespace of its own that waits, and wants an answer whatever AWS does.
fn waits(lab: &Lab, endpoint: &str) -> Outcome {
    let namespace = lab.namespace("shop");
    let outcome = waiting(lab, &namespace, endpoint).run();
    let report = outcome.report();
    let pod = pod_of(&report, &namespace, "web");
    assert_eq!(pod["placement"]["kind"], "FargatePending", "{outcome}");
    outcome
}

fn waiting(lab: &Lab, namespace: &str, endpoint: &str) -> Invocation {
    lab.cluster()
        .api()
        .create(&objects::claimed_pod(namespace, "web", "apps"));
    ask(lab, "prod", namespace, endpoint)
}

fn ask(lab: &Lab, cluster: &str, namespace: &str, endpoint: &str) -> Invocation {
    lab.kubectl_fargate(&lab.kubeconfig(User::Admin).named_by_arn(REGION, cluster))
        .env("AWS_ENDPOINT_URL", endpoint)
        .args(["explain", "pod/web", "-n", namespace, "-o", "json"])
}

/// The one note about this.
fn note<'a>(report: &'a Value, what: &str) -> &'a Value {
    let notes: Vec<&Value> = report["sources"]
        .as_array()
        .into_iter()
        .flatten()
        .filter(|note| note["what"] == what)
        .collect();
    assert_eq!(notes.len(), 1, "{report:#}");
    notes[0]
}

fn says(note: &Value, words: &[&str]) {
    let detail = note["detail"].as_str().unwrap_or_default();
    for word in words {
        assert!(detail.contains(word), "{word:?} is not said: {detail}");
    }
}
