//! Which EKS cluster a kubeconfig context points to, read off the kubeconfig alone.
//!
//! Sources: the kubeconfigs that `aws eks update-kubeconfig`, eksctl and aws-iam-authenticator write, and the forms of EKS API
//! server addresses in the EKS User Guide.

/// What a context says about its cluster. Values of environment variables are those that decide the AWS account and region only.
#[derive(Debug, Clone, Copy, Default)]
pub struct Clues<'a> {
    /// The context's name.
    pub context: &'a str,
    /// The name of its cluster entry.
    pub cluster: &'a str,
    /// The name of its user entry.
    pub user: &'a str,
    /// The API server's host.
    pub host: &'a str,
    /// `tls-server-name`, which tells the host where the address is that of a tunnel; empty where absent.
    pub tls_server_name: &'a str,
    /// The login plugin's command; empty where there is none.
    pub command: &'a str,
    /// Its arguments.
    pub arguments: &'a [String],
    /// The names and values of the plugin's `env` block.
    pub environment: &'a [(String, String)],
}

/// What was worked out. Nothing here was asked of AWS.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct EksIdentity {
    /// The EKS cluster's name.
    pub name: Option<String>,
    /// Its region.
    pub region: Option<String>,
    /// The AWS account, where an ARN names it.
    pub account: Option<String>,
    /// The AWS profile that the login plugin uses.
    pub aws_profile: Option<AwsProfile>,
    /// The role that the login plugin assumes; we do not assume it.
    pub role: Option<String>,
    /// Whether anything at all points to EKS.
    pub is_eks: bool,
}

/// An AWS profile, and how it was chosen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AwsProfile {
    /// Its name.
    pub name: String,
    /// Chosen by a flag: credentials in environment variables then do not count, as with the AWS CLI's `--profile`.
    pub by_flag: bool,
}

/// Reads the clues. The login plugin's arguments come first, then ARNs, then the names that eksctl gives, then the host.
pub fn identify(clues: &Clues<'_>) -> EksIdentity {
    let login = LoginArguments::read(clues.command, clues.arguments);
    let names = [clues.cluster, clues.context, clues.user];
    let arn = names.into_iter().find_map(parse_cluster_arn);
    let eksctl = names.into_iter().find_map(parse_eksctl_name);
    let host_region = [clues.host, clues.tls_server_name]
        .into_iter()
        .find_map(region_of_host);
    let variable = |wanted: &str| {
        clues
            .environment
            .iter()
            .find(|(name, value)| name == wanted && !value.is_empty())
            .map(|(_, value)| value.clone())
    };

    let points_to_eks = arn.is_some() || eksctl.is_some() || host_region.is_some();
    let login = login.filter(|login| login.is_known_tool || points_to_eks);
    let is_eks = points_to_eks || login.as_ref().is_some_and(|login| login.is_known_tool);
    let login = login.unwrap_or_default();
    let (arn_name, arn_region, account) = match arn {
        Some(arn) => (Some(arn.name), Some(arn.region), Some(arn.account)),
        None => (None, None, None),
    };
    let (eksctl_name, eksctl_region) = eksctl.unzip();

    EksIdentity {
        name: login
            .cluster_name
            .or(arn_name)
            .or(eksctl_name)
            .or(login.cluster_id),
        region: login
            .region
            .or(arn_region)
            .or(eksctl_region)
            .or(host_region)
            .or_else(|| variable("AWS_REGION"))
            .or_else(|| variable("AWS_DEFAULT_REGION"))
            .filter(|_| is_eks),
        account,
        aws_profile: login
            .profile
            .map(|name| AwsProfile {
                name,
                by_flag: true,
            })
            .or_else(|| {
                login
                    .profile_variable
                    .or_else(|| variable("AWS_PROFILE"))
                    .or_else(|| variable("AWS_DEFAULT_PROFILE"))
                    .map(|name| AwsProfile {
                        name,
                        by_flag: false,
                    })
            }),
        role: login.role,
        is_eks,
    }
}

/// The parts of an EKS cluster's ARN.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClusterArn {
    /// The region.
    pub region: String,
    /// The account's number.
    pub account: String,
    /// The cluster's name.
    pub name: String,
}

/// Reads `arn:<partition>:eks:<region>:<account>:cluster/<name>`, in any partition.
pub fn parse_cluster_arn(text: &str) -> Option<ClusterArn> {
    let mut parts = text.splitn(6, ':');
    let is_eks = parts.next() == Some("arn")
        && parts
            .next()
            .is_some_and(|partition| partition.starts_with("aws"))
        && parts.next() == Some("eks");
    let (region, account, resource) = (parts.next()?, parts.next()?, parts.next()?);
    let name = resource.strip_prefix("cluster/")?;
    (is_eks && !name.is_empty()).then(|| ClusterArn {
        region: region.to_owned(),
        account: account.to_owned(),
        name: name.to_owned(),
    })
}

/// Reads `<name>.<region>.eksctl.io` and `<user>@<name>.<region>.eksctl.io`.
fn parse_eksctl_name(text: &str) -> Option<(String, String)> {
    let text = text.rsplit_once('@').map_or(text, |(_, cluster)| cluster);
    let (name, region) = text.strip_suffix(".eksctl.io")?.rsplit_once('.')?;
    (!name.is_empty() && is_region(region)).then(|| (name.to_owned(), region.to_owned()))
}

/// The region in the name of an EKS API server. The name of the cluster is never in it.
fn region_of_host(host: &str) -> Option<String> {
    let host = host.to_ascii_lowercase();
    let labels: Vec<&str> = host.trim_end_matches('.').split('.').collect();
    let is_eks = match labels.as_slice() {
        [.., "eks", "amazonaws", "com"] | [.., "eks", "amazonaws", "com", "cn"] => true,
        [.., "api", "aws"] | [.., "api", "amazonwebservices", "com", "cn"] => true,
        // The isolated partitions have domains of their own.
        [_, .., last] => labels.contains(&"eks") && matches!(*last, "gov" | "uk" | "scloud" | "eu"),
        _ => false,
    };
    labels
        .iter()
        .rev()
        .find(|label| is_eks && is_region(label))
        .map(|label| (*label).to_owned())
}

/// Whether the word has the form of a region: `eu-west-1`, `us-gov-east-1`, `cn-north-1`.
fn is_region(word: &str) -> bool {
    let parts: Vec<&str> = word.split('-').collect();
    let [area, middle @ .., number] = parts.as_slice() else {
        return false;
    };
    let is_word = |part: &&str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_lowercase());
    !middle.is_empty()
        && is_word(area)
        && middle.iter().all(is_word)
        && !number.is_empty()
        && number.bytes().all(|b| b.is_ascii_digit())
}

/// What the login plugin was told.
#[derive(Debug, Default)]
struct LoginArguments {
    cluster_name: Option<String>,
    /// What `aws eks get-token --cluster-id` was given: the id of a local cluster on an Outpost, seldom its name.
    cluster_id: Option<String>,
    region: Option<String>,
    profile: Option<String>,
    /// `AWS_PROFILE=…` before the command, as `env` takes it.
    profile_variable: Option<String>,
    role: Option<String>,
    is_known_tool: bool,
}

impl LoginArguments {
    /// Reads `aws eks get-token` and `aws-iam-authenticator token`, with whatever stands around them.
    fn read(command: &str, arguments: &[String]) -> Option<Self> {
        if command.is_empty() {
            return None;
        }
        let words = words(command, arguments);
        let is = |word: &str, names: &[&str]| names.contains(&tool_name(word));
        let authenticator = words
            .iter()
            .rposition(|word| is(word, &["aws-iam-authenticator", "heptio-authenticator-aws"]));
        // Other tools have a `get-token` too; that of the AWS CLI is one of `aws eks`.
        let get_token = words
            .iter()
            .position(|word| word == "get-token")
            .filter(|at| words[..*at].iter().any(|word| word == "eks"));
        let start = match (authenticator, get_token) {
            (Some(at), _) => at,
            // The wrapper's own flags come before the command that it runs.
            (None, Some(at)) => words[..at]
                .iter()
                .rposition(|word| is(word, &["aws"]))
                .unwrap_or(0),
            (None, None) => 0,
        };
        let mut login = Self {
            is_known_tool: authenticator.is_some() || get_token.is_some(),
            ..Self::default()
        };
        for word in &words[..start] {
            match word.split_once('=') {
                Some(("AWS_PROFILE", value)) => login.profile_variable = Some(value.to_owned()),
                Some(("AWS_REGION" | "AWS_DEFAULT_REGION", value)) => {
                    login.region = Some(value.to_owned());
                }
                _ => {}
            }
        }
        login.read_flags(&words[start..], authenticator.is_some());
        Some(login)
    }

    fn read_flags(&mut self, words: &[String], is_authenticator: bool) {
        let mut words = words.iter().map(String::as_str);
        while let Some(word) = words.next() {
            let (flag, attached) = match word.split_once('=') {
                Some((flag, value)) if flag.starts_with('-') => (flag, Some(value)),
                _ => match short_with_value(word).filter(|_| is_authenticator) {
                    Some((flag, value)) => (flag, Some(value)),
                    None => (word, None),
                },
            };
            let target = match flag {
                "--cluster-name" => &mut self.cluster_name,
                "-i" | "--cluster-id" if is_authenticator => &mut self.cluster_name,
                "--cluster-id" => &mut self.cluster_id,
                "--region" => &mut self.region,
                "--profile" => &mut self.profile,
                "--role" | "--role-arn" => &mut self.role,
                "-r" if is_authenticator => &mut self.role,
                _ => continue,
            };
            if let Some(value) = attached.or_else(|| words.next()).filter(|v| !v.is_empty()) {
                *target = Some(value.to_owned());
            }
        }
    }
}

/// `-iNAME` as `-i`, `NAME`.
fn short_with_value(word: &str) -> Option<(&str, &str)> {
    ["-i", "-r"].into_iter().find_map(|flag| {
        word.strip_prefix(flag)
            .filter(|value| !value.is_empty())
            .map(|value| (flag, value))
    })
}

/// The command and its arguments as single words; a shell's command line (`sh -c "aws eks get-token …"`) is taken apart.
fn words(command: &str, arguments: &[String]) -> Vec<String> {
    let mut words = vec![command.to_owned()];
    for argument in arguments {
        let is_command_line = argument.contains(char::is_whitespace) && argument.contains("token");
        match is_command_line.then(|| shell_words::split(argument)) {
            Some(Ok(parts)) => words.extend(parts),
            _ => words.push(argument.clone()),
        }
    }
    words
}

/// The last part of a path, without `.exe`.
fn tool_name(word: &str) -> &str {
    let name = word.rsplit(['/', '\\']).next().unwrap_or(word);
    name.strip_suffix(".exe").unwrap_or(name)
}

#[cfg(test)]
#[path = "identity_tests.rs"]
mod tests;
