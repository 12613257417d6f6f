//! The EKS and EC2 APIs that moto plays. It differs from AWS: profiles are ACTIVE at once, `createdAt` is a number and always
//! now, and there are no access entries.

use std::{
    io::{Read as _, Write as _},
    net::TcpStream,
    path::Path,
    time::Duration,
};

use serde_json::{Value, json};

use super::process::{Keeper, Running, answers, free_port};

/// The region that clusters are made in.
pub const REGION: &str = "eu-west-1";

/// A running `moto_server`.
pub struct Moto {
    port: u16,
    running: Running,
}

impl Moto {
    /// Starts it; it is Python and takes a while, so whoever needs it waits with [`Moto::wait`].
    pub fn start(keeper: &Keeper, moto_server: &Path) -> Result<Self, String> {
        let port = free_port();
        let running = keeper.spawn(
            "moto",
            moto_server,
            [
                "-H".to_owned(),
                "127.0.0.1".to_owned(),
                "-p".to_owned(),
                port.to_string(),
            ],
        )?;
        Ok(Self { port, running })
    }

    /// Waits until it answers.
    pub fn wait(&self) -> Result<(), String> {
        self.running.wait_until(|| answers(self.port))
    }

    /// Its address, for `AWS_ENDPOINT_URL`.
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Makes an EKS cluster.
    pub fn create_cluster(&self, name: &str) {
        self.post(
            "/clusters",
            &json!({
                "name": name, "roleArn": "arn:aws:iam::123456789012:role/cluster",
                "resourcesVpcConfig": {"subnetIds": ["subnet-0a1b2c3d4e5f60718"]},
            }),
        );
    }

    /// Makes a Fargate profile in a cluster; `selectors` as the EKS API takes them.
    pub fn create_profile(&self, cluster: &str, profile: &str, selectors: &Value) {
        self.create_profile_in(cluster, profile, selectors, &["subnet-0a1b2c3d4e5f60718"]);
    }

    /// Makes a Fargate profile in a cluster, in subnets of its own.
    pub fn create_profile_in(
        &self,
        cluster: &str,
        profile: &str,
        selectors: &Value,
        subnets: &[&str],
    ) {
        self.post(
            &format!("/clusters/{cluster}/fargate-profiles"),
            &json!({
                "fargateProfileName": profile, "podExecutionRoleArn": "arn:aws:iam::123456789012:role/pods",
                "subnets": subnets, "selectors": selectors,
            }),
        );
    }

    /// Describes a profile, as the EKS API does.
    pub fn describe_profile(&self, cluster: &str, profile: &str) -> Value {
        self.send(
            "GET",
            &format!("/clusters/{cluster}/fargate-profiles/{profile}"),
            "",
        )
    }

    /// Asks EC2, as its Query API wants it, and returns the text of the first element of this name in the answer.
    pub fn ec2(&self, action: &str, parameters: &[(&str, &str)], wanted: &str) -> String {
        let body = form_urlencoded::Serializer::new(String::new())
            .append_pair("Action", action)
            .append_pair("Version", "2016-11-15")
            .extend_pairs(parameters)
            .finish();
        let kind = "application/x-www-form-urlencoded";
        let answer = self.exchange("ec2", "POST", "/", kind, &body);
        let document = roxmltree::Document::parse(&answer).unwrap_or_else(|error| {
            panic!("moto did not answer {action} in XML: {error}\n{answer}")
        });
        document
            .descendants()
            .find(|node| node.tag_name().name() == wanted)
            .and_then(|node| node.text())
            .unwrap_or_else(|| panic!("{action} told no {wanted}:\n{answer}"))
            .to_owned()
    }

    fn post(&self, path: &str, body: &Value) {
        self.send("POST", path, &body.to_string());
    }

    fn send(&self, method: &str, path: &str, body: &str) -> Value {
        let answer = self.exchange("eks", method, path, "application/json", body);
        serde_json::from_str(&answer)
            .unwrap_or_else(|error| panic!("moto did not answer with JSON: {error}\n{answer}"))
    }

    fn exchange(&self, service: &str, method: &str, path: &str, kind: &str, body: &str) -> String {
        // moto reads the service and the region off the signature's scope, and does not check the signature.
        let request = format!(
            "{method} {path} HTTP/1.1\r\nHost: 127.0.0.1:{}\r\nConnection: close\r\nContent-Type: {kind}\r\n\
             Authorization: AWS4-HMAC-SHA256 Credential=testing/20260101/{REGION}/{service}/aws4_request, SignedHeaders=host, Signature=0\r\n\
             Content-Length: {}\r\n\r\n{body}",
            self.port,
            body.len()
        );
        let mut answer = String::new();
        let sent = TcpStream::connect(("127.0.0.1", self.port)).and_then(|mut stream| {
            stream.set_read_timeout(Some(Duration::from_secs(30)))?;
            stream.write_all(request.as_bytes())?;
            stream.read_to_string(&mut answer)
        });
        sent.unwrap_or_else(|error| panic!("moto did not answer {method} {path}: {error}"));
        let (head, body) = answer.split_once("\r\n\r\n").unwrap_or((&answer, ""));
        assert!(
            head.split_whitespace().nth(1) == Some("200"),
            "moto refused {method} {path}:\n{answer}"
        );
        body.to_owned()
    }
}
