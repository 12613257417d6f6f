//! Which proxy a request goes through, by the rules of Go's `net/http` (and so of kubectl).
//!
//! The rules are applied to the address of the API server; kube-client applies `NO_PROXY` to the address of the proxy.

use std::net::IpAddr;

/// The proxy variables of the environment, read once.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ProxyEnvironment {
    /// `HTTPS_PROXY`, else `https_proxy`.
    pub https_proxy: Option<String>,
    /// `HTTP_PROXY`, else `http_proxy`.
    pub http_proxy: Option<String>,
    /// `NO_PROXY`, else `no_proxy`.
    pub no_proxy: Option<String>,
}

impl ProxyEnvironment {
    /// Reads the variables through `variable`. The upper case one wins where it is not empty, as in Go.
    pub fn read(variable: impl Fn(&str) -> Option<String>) -> Self {
        let either = |upper: &str, lower: &str| {
            variable(upper)
                .filter(|value| !value.is_empty())
                .or_else(|| variable(lower).filter(|value| !value.is_empty()))
        };
        Self {
            https_proxy: either("HTTPS_PROXY", "https_proxy"),
            http_proxy: either("HTTP_PROXY", "http_proxy"),
            no_proxy: either("NO_PROXY", "no_proxy"),
        }
    }

    /// The proxy for a request to `scheme://host:port`; `None` where it goes there directly.
    pub fn proxy_for(&self, scheme: &str, host: &str, port: u16) -> Option<String> {
        let proxy = match scheme {
            "https" => self.https_proxy.as_deref(),
            "http" => self.http_proxy.as_deref(),
            _ => None,
        }?;
        self.uses_proxy(host, port).then(|| with_scheme(proxy))
    }

    fn uses_proxy(&self, host: &str, port: u16) -> bool {
        let host = bare_host(host).to_ascii_lowercase();
        let address: Option<IpAddr> = host.parse().ok();
        if host == "localhost" || address.is_some_and(|address| address.is_loopback()) {
            return false;
        }
        let rules = self.no_proxy.as_deref().unwrap_or("");
        !rules
            .split(',')
            .map(str::trim)
            .filter(|rule| !rule.is_empty())
            .any(|rule| excludes(&rule.to_ascii_lowercase(), &host, address, port))
    }
}

/// Whether the host is this machine itself.
pub fn is_loopback(host: &str) -> bool {
    let host = bare_host(host);
    host.eq_ignore_ascii_case("localhost")
        || host
            .parse::<IpAddr>()
            .is_ok_and(|address| address.is_loopback())
}

/// The host without the brackets of an IPv6 address.
fn bare_host(host: &str) -> &str {
    host.strip_prefix('[')
        .and_then(|inner| inner.strip_suffix(']'))
        .unwrap_or(host)
}

/// Go takes an address without a scheme for one of HTTP; kube-client knows `socks5`, which resolves names at the proxy.
fn with_scheme(proxy: &str) -> String {
    match proxy.split_once("://") {
        Some(("socks5h", rest)) => format!("socks5://{rest}"),
        Some(_) => proxy.to_owned(),
        None => format!("http://{proxy}"),
    }
}

/// Whether one entry of `NO_PROXY` names the host. Both are in lower case.
fn excludes(rule: &str, host: &str, address: Option<IpAddr>, port: u16) -> bool {
    if rule == "*" {
        return true;
    }
    if let Some((network, length)) = rule.split_once('/')
        && let (Ok(network), Ok(length)) = (network.parse::<IpAddr>(), length.parse::<u8>())
    {
        return address.is_some_and(|address| is_in_network(address, network, length));
    }
    let (name, wanted_port) = split_port(rule);
    if wanted_port.is_some_and(|wanted| wanted != port) || name.is_empty() {
        return false;
    }
    if let Ok(listed) = bare_host(name).parse::<IpAddr>() {
        return address == Some(listed);
    }
    match name.strip_prefix("*.").or_else(|| name.strip_prefix('.')) {
        Some(suffix) => is_below(host, suffix),
        None => host == name || is_below(host, name),
    }
}

/// Whether the host is a name below this domain.
fn is_below(host: &str, domain: &str) -> bool {
    host.strip_suffix(domain)
        .is_some_and(|rest| rest.len() > 1 && rest.ends_with('.'))
}

/// An entry's host and port. An IPv6 address without brackets has no port.
fn split_port(rule: &str) -> (&str, Option<u16>) {
    if rule.parse::<IpAddr>().is_ok() {
        return (rule, None);
    }
    match rule.rsplit_once(':') {
        Some((name, port)) => match port.parse() {
            Ok(port) => (name, Some(port)),
            Err(_) => (rule, None),
        },
        None => (rule, None),
    }
}

fn is_in_network(address: IpAddr, network: IpAddr, length: u8) -> bool {
    match (address, network) {
        (IpAddr::V4(address), IpAddr::V4(network)) if length <= 32 => {
            let mask = u32::MAX.checked_shl(32 - u32::from(length)).unwrap_or(0);
            u32::from(address) & mask == u32::from(network) & mask
        }
        (IpAddr::V6(address), IpAddr::V6(network)) if length <= 128 => {
            let mask = u128::MAX.checked_shl(128 - u32::from(length)).unwrap_or(0);
            u128::from(address) & mask == u128::from(network) & mask
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOST: &str = "abc.gr7.eu-west-1.eks.amazonaws.com";

    fn environment(https: &str, http: &str, no: &str) -> ProxyEnvironment {
        let some = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        ProxyEnvironment {
            https_proxy: some(https),
            http_proxy: some(http),
            no_proxy: some(no),
        }
    }

    #[test]
    fn no_proxy_names_hosts_as_in_go() {
        for (no_proxy, host, port, direct, why) in [
            ("", HOST, 443, false, "nothing is excluded"),
            ("*", HOST, 443, true, "a star excludes all"),
            (HOST, HOST, 443, true, "the very host"),
            (
                "amazonaws.com",
                HOST,
                443,
                true,
                "a domain covers what is below it",
            ),
            (
                ".amazonaws.com",
                HOST,
                443,
                true,
                "a dot covers what is below",
            ),
            (
                ".amazonaws.com",
                "amazonaws.com",
                443,
                false,
                "a dot does not cover the domain itself",
            ),
            (
                "*.amazonaws.com",
                HOST,
                443,
                true,
                "a leading star is a dot",
            ),
            ("zonaws.com", HOST, 443, false, "a domain begins at a dot"),
            (
                "example.com, eks.amazonaws.com",
                HOST,
                443,
                true,
                "spaces are trimmed",
            ),
            ("EKS.AMAZONAWS.COM", HOST, 443, true, "case does not matter"),
            ("eks.amazonaws.com:443", HOST, 443, true, "the port fits"),
            (
                "eks.amazonaws.com:8443",
                HOST,
                443,
                false,
                "the port differs",
            ),
            ("10.0.0.0/8", "10.100.0.1", 443, true, "a network"),
            ("10.0.0.0/8", "11.0.0.1", 443, false, "outside the network"),
            (
                "0.0.0.0/0",
                "11.0.0.1",
                443,
                true,
                "the network of all addresses",
            ),
            ("10.0.0.0/8", HOST, 443, false, "a network covers no names"),
            ("fd00::/8", "[fd00::1]", 443, true, "an IPv6 network"),
            ("10.1.2.3", "10.1.2.3", 6443, true, "an address"),
            (
                "10.1.2.3:443",
                "10.1.2.3",
                6443,
                false,
                "an address with another port",
            ),
            ("fd00::1", "[fd00::1]", 443, true, "an IPv6 address"),
            (
                "[fd00::1]:443",
                "[fd00::1]",
                443,
                true,
                "an IPv6 address with its port",
            ),
            (
                "10.0.0.0/99",
                "10.0.0.1",
                443,
                false,
                "an impossible network covers nothing",
            ),
            (
                "",
                "localhost",
                443,
                true,
                "this machine is never behind a proxy",
            ),
            ("", "127.0.0.1", 6443, true, "nor by its address"),
            ("", "[::1]", 6443, true, "nor by its IPv6 address"),
        ] {
            let found =
                environment("http://proxy:3128", "", no_proxy).proxy_for("https", host, port);
            assert_eq!(found.is_none(), direct, "{why}: {no_proxy:?} {host}");
        }
    }

    #[test]
    fn the_scheme_chooses_the_variable() {
        let both = environment("http://secure:1", "plain:2", "");
        assert_eq!(
            both.proxy_for("https", HOST, 443).as_deref(),
            Some("http://secure:1")
        );
        assert_eq!(
            both.proxy_for("http", HOST, 80).as_deref(),
            Some("http://plain:2"),
            "a scheme is added"
        );
        let https_only = environment("http://secure:1", "", "");
        assert_eq!(https_only.proxy_for("http", HOST, 80), None);
        let socks = environment("socks5h://p:1080", "", "");
        assert_eq!(
            socks.proxy_for("https", HOST, 443).as_deref(),
            Some("socks5://p:1080")
        );
    }

    #[test]
    fn upper_case_variables_win_unless_empty() {
        let read = ProxyEnvironment::read(|name| match name {
            "HTTPS_PROXY" => Some("upper".to_owned()),
            "https_proxy" => Some("lower".to_owned()),
            "NO_PROXY" => Some(String::new()),
            "no_proxy" => Some("example.com".to_owned()),
            _ => None,
        });
        assert_eq!(read.https_proxy.as_deref(), Some("upper"));
        assert_eq!(read.no_proxy.as_deref(), Some("example.com"));
        assert_eq!(read.http_proxy, None);
    }
}
