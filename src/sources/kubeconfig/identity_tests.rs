use super::*;

const ARN: &str = "arn:aws:eks:eu-west-1:123456789012:cluster/prod";

fn by_login(command: &str, arguments: &str) -> EksIdentity {
    let arguments = shell_words::split(arguments).expect("the table holds valid words");
    identify(&Clues {
        context: "work",
        cluster: "work",
        user: "work",
        host: "10.0.0.1",
        command,
        arguments: &arguments,
        ..Clues::default()
    })
}

#[test]
fn login_arguments_tell_name_region_profile_and_role() {
    for (command, arguments, wanted, why) in [
        (
            "aws",
            "--region eu-west-1 eks get-token --cluster-name prod --output json",
            ["prod", "eu-west-1", "", ""],
            "aws eks update-kubeconfig",
        ),
        (
            "aws",
            "eks get-token --output json --cluster-name prod --region eu-west-1",
            ["prod", "eu-west-1", "", ""],
            "eksctl's order",
        ),
        (
            "aws",
            "--region=eu-west-1 eks get-token --cluster-name=prod",
            ["prod", "eu-west-1", "", ""],
            "values behind an equals sign",
        ),
        (
            "/usr/local/bin/aws",
            "eks get-token --cluster-name prod",
            ["prod", "", "", ""],
            "a path as command",
        ),
        (
            "aws.exe",
            "eks get-token --cluster-name prod",
            ["prod", "", "", ""],
            "Windows",
        ),
        (
            "aws",
            "--profile dev eks get-token --cluster-name prod --role arn:aws:iam::1:role/r",
            ["prod", "", "dev", "arn:aws:iam::1:role/r"],
            "a profile and a role",
        ),
        (
            "aws",
            "eks get-token --cluster-name prod --role-arn arn:aws:iam::1:role/r",
            ["prod", "", "", "arn:aws:iam::1:role/r"],
            "eksctl's word for the role",
        ),
        (
            "aws-iam-authenticator",
            "token -i prod",
            ["prod", "", "", ""],
            "the authenticator",
        ),
        (
            "aws-iam-authenticator",
            "token -i=prod -r arn:aws:iam::1:role/r",
            ["prod", "", "", "arn:aws:iam::1:role/r"],
            "short flags with an equals sign",
        ),
        (
            "aws-iam-authenticator",
            "token -iprod",
            ["prod", "", "", ""],
            "a value attached to the flag",
        ),
        (
            "aws-iam-authenticator",
            "token --cluster-id prod",
            ["prod", "", "", ""],
            "the long flag",
        ),
        (
            "heptio-authenticator-aws",
            "token -i prod",
            ["prod", "", "", ""],
            "the authenticator's first name",
        ),
        (
            "aws",
            "eks get-token --cluster-id 1234-5678",
            ["1234-5678", "", "", ""],
            "a local cluster on an Outpost",
        ),
        (
            "aws-vault",
            "exec dev --region us-east-1 -- aws --region eu-west-1 eks get-token --cluster-name prod",
            ["prod", "eu-west-1", "", ""],
            "a wrapper's own region does not count",
        ),
        (
            "saml2aws",
            "exec --exec-profile dev -- aws-iam-authenticator token -i prod",
            ["prod", "", "", ""],
            "a wrapper around the authenticator",
        ),
        (
            "env",
            "AWS_PROFILE=dev aws eks get-token --cluster-name prod",
            ["prod", "", "dev", ""],
            "env as wrapper",
        ),
        (
            "sh",
            "-c 'AWS_PROFILE=dev aws --region eu-west-1 eks get-token --cluster-name prod'",
            ["prod", "eu-west-1", "dev", ""],
            "a shell's command line",
        ),
        (
            "bash",
            "-c \"exec aws eks get-token --cluster-name 'prod'\"",
            ["prod", "", "", ""],
            "quotes within it",
        ),
    ] {
        let found = by_login(command, arguments);
        let profile = found.aws_profile.map(|profile| profile.name);
        let found = [found.name, found.region, profile, found.role].map(Option::unwrap_or_default);
        assert_eq!(found, wanted, "{why}: {command} {arguments}");
    }
}

#[test]
fn a_profile_flag_outranks_the_environment_and_is_marked() {
    let arguments = [
        "--profile",
        "flag",
        "eks",
        "get-token",
        "--cluster-name",
        "prod",
    ]
    .map(str::to_owned);
    let environment = [("AWS_PROFILE".to_owned(), "variable".to_owned())];
    let mut clues = Clues {
        command: "aws",
        arguments: &arguments,
        environment: &environment,
        ..Clues::default()
    };
    let flag = AwsProfile {
        name: "flag".to_owned(),
        by_flag: true,
    };
    assert_eq!(identify(&clues).aws_profile, Some(flag));
    clues.arguments = &arguments[2..];
    let variable = AwsProfile {
        name: "variable".to_owned(),
        by_flag: false,
    };
    assert_eq!(identify(&clues).aws_profile, Some(variable));
}

#[test]
fn names_tell_the_cluster() {
    for (context, cluster, user, wanted, why) in [
        (
            ARN,
            ARN,
            ARN,
            Some(("prod", "eu-west-1")),
            "aws eks update-kubeconfig without alias",
        ),
        (
            "prod",
            ARN,
            "me",
            Some(("prod", "eu-west-1")),
            "an alias for the context",
        ),
        (
            "c",
            "c",
            ARN,
            Some(("prod", "eu-west-1")),
            "only the user entry keeps the ARN",
        ),
        (
            "c",
            "arn:aws-cn:eks:cn-north-1:1:cluster/p",
            "",
            Some(("p", "cn-north-1")),
            "China",
        ),
        (
            "c",
            "arn:aws-us-gov:eks:us-gov-west-1:1:cluster/p",
            "",
            Some(("p", "us-gov-west-1")),
            "GovCloud",
        ),
        (
            "c",
            "arn:aws:iam::1:role/r",
            "",
            None,
            "another service's ARN",
        ),
        (
            "c",
            "arn:aws:eks:eu-west-1:1:fargateprofile/p/q/r",
            "",
            None,
            "another resource's ARN",
        ),
        (
            "me@prod.eu-west-1.eksctl.io",
            "prod.eu-west-1.eksctl.io",
            "me@prod.eu-west-1.eksctl.io",
            Some(("prod", "eu-west-1")),
            "eksctl",
        ),
        (
            "me@corp.example@prod.us-gov-east-1.eksctl.io",
            "x",
            "x",
            Some(("prod", "us-gov-east-1")),
            "an eksctl context of a user with an at sign",
        ),
        ("kind-kind", "kind-kind", "kind-kind", None, "kind"),
        ("minikube", "minikube", "minikube", None, "minikube"),
    ] {
        let found = identify(&Clues {
            context,
            cluster,
            user,
            ..Clues::default()
        });
        let pair = found.name.as_deref().zip(found.region.as_deref());
        assert_eq!(pair, wanted, "{why}");
        assert_eq!(found.is_eks, wanted.is_some(), "{why}");
    }
    let account = identify(&Clues {
        cluster: ARN,
        ..Clues::default()
    })
    .account;
    assert_eq!(account.as_deref(), Some("123456789012"));
}

#[test]
fn hosts_tell_the_region_and_never_the_name() {
    for (host, wanted, why) in [
        (
            "0123456789ABCDEF0123456789ABCDEF.gr7.eu-west-1.eks.amazonaws.com",
            Some("eu-west-1"),
            "IPv4",
        ),
        (
            "0123456789ABCDEF0123456789ABCDEF.sk1.us-gov-west-1.eks.amazonaws.com",
            Some("us-gov-west-1"),
            "GovCloud",
        ),
        (
            "0123.yl4.cn-northwest-1.eks.amazonaws.com.cn",
            Some("cn-northwest-1"),
            "China",
        ),
        (
            "eks-cluster.eu-central-1.api.aws",
            Some("eu-central-1"),
            "IPv6",
        ),
        (
            "eks-cluster.cn-north-1.api.amazonwebservices.com.cn",
            Some("cn-north-1"),
            "China, IPv6",
        ),
        (
            "0123.gr7.us-iso-east-1.eks.c2s.ic.gov",
            Some("us-iso-east-1"),
            "an isolated partition",
        ),
        ("127.0.0.1", None, "a tunnel"),
        ("kubernetes.docker.internal", None, "Docker Desktop"),
        ("elb.eu-west-1.amazonaws.com", None, "AWS, but not EKS"),
        ("api.example.com", None, "anywhere"),
    ] {
        let found = identify(&Clues {
            host,
            ..Clues::default()
        });
        assert_eq!(found.region.as_deref(), wanted, "{why}");
        assert_eq!(found.name, None, "{why}");
        assert_eq!(found.is_eks, wanted.is_some(), "{why}");
    }
    let tunnel = Clues {
        host: "localhost",
        tls_server_name: "0123.gr7.eu-west-1.eks.amazonaws.com",
        ..Clues::default()
    };
    assert_eq!(
        identify(&tunnel).region.as_deref(),
        Some("eu-west-1"),
        "a tunnel keeps the real name for TLS"
    );
}

#[test]
fn the_environment_of_the_plugin_gives_the_region_last() {
    let arguments = ["token", "-i", "prod"].map(str::to_owned);
    let environment = [("AWS_DEFAULT_REGION".to_owned(), "eu-north-1".to_owned())];
    let mut clues = Clues {
        command: "aws-iam-authenticator",
        arguments: &arguments,
        environment: &environment,
        host: "10.0.0.1",
        ..Clues::default()
    };
    assert_eq!(
        identify(&clues).region.as_deref(),
        Some("eu-north-1"),
        "nothing else tells it"
    );
    clues.host = "0123.gr7.eu-west-1.eks.amazonaws.com";
    assert_eq!(
        identify(&clues).region.as_deref(),
        Some("eu-west-1"),
        "the host is where the cluster is"
    );
}

#[test]
fn other_tools_that_get_tokens_are_not_of_eks() {
    let found = by_login(
        "kubectl",
        "oidc-login get-token --oidc-issuer-url=https://issuer.example.com --region eu-west-1",
    );
    assert_eq!(found, EksIdentity::default());
}

#[test]
fn a_plugin_of_our_own_counts_only_for_an_eks_host() {
    let arguments = ["--cluster-name", "prod"].map(str::to_owned);
    let mut clues = Clues {
        command: "company-login",
        arguments: &arguments,
        host: "rancher.example.com",
        ..Clues::default()
    };
    assert_eq!(identify(&clues).name, None, "it may be any kind of cluster");
    clues.host = "0123.gr7.eu-west-1.eks.amazonaws.com";
    assert_eq!(identify(&clues).name.as_deref(), Some("prod"));
}
