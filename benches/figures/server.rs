//! A real API server that holds the made-up cluster.
//!
//! The objects are written into etcd as JSON, which an API server reads as well as its own binary form: that takes seconds
//! where creating them takes many minutes, and moments of creation can be set. While the figures are taken one pod is changed
//! every half second, because a cluster in use is never quiet, and an API server that saw no write since its start serves
//! the later pages of a list from etcd and not from its cache.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::cluster::{Cluster, Stored, objects::KINDS};
use crate::process::{Keeper, Running, answers, free_port};

/// The User-Agent of curl's requests: for its usual one the API server would indent what it sends.
const USER_AGENT: &str = "kubectl-fargate-bench";
const TOKEN: &str = "token-of-the-benchmark";
/// Pods in a page, kubectl's own number.
pub const PAGE: usize = 500;
/// Objects in one transaction of etcd.
const BATCH: usize = 100;
/// How often a pod is changed.
const CHANGE_EVERY: Duration = Duration::from_millis(500);

/// The programs that it takes.
#[derive(Clone, Copy)]
pub struct Programs<'a> {
    pub etcd: &'a Path,
    pub api_server: &'a Path,
    pub kubectl: &'a Path,
}

/// The running servers.
pub struct Server {
    url: String,
    certificate: PathBuf,
    kubeconfig: PathBuf,
    // Stopped first, then the folder goes.
    _running: Vec<Running>,
    keeper: Keeper,
}

impl Server {
    /// Starts etcd, loads it, starts the API server and waits until it lists pods.
    pub fn start(cluster: &Cluster, programs: Programs<'_>) -> Result<Self, String> {
        let keeper = Keeper::start()?;
        let (etcd_port, port) = (free_port(), free_port());
        let client_url = format!("http://127.0.0.1:{etcd_port}");
        let peer_url = format!("http://127.0.0.1:{}", free_port());
        let etcd = keeper.spawn(
            "etcd",
            programs.etcd,
            [
                format!("--data-dir={}", keeper.folder().join("etcd").display()),
                format!("--listen-client-urls={client_url}"),
                format!("--advertise-client-urls={client_url}"),
                format!("--listen-peer-urls={peer_url}"),
                format!("--initial-advertise-peer-urls={peer_url}"),
                format!("--initial-cluster=default={peer_url}"),
                "--unsafe-no-fsync".to_owned(),
                "--log-level=warn".to_owned(),
                // The usual bounds, 2 GB in all and 1.5 MB a request, are too narrow for this.
                format!("--quota-backend-bytes={}", 8u64 << 30),
                format!("--max-request-bytes={}", 64 << 20),
            ],
        )?;
        etcd.wait_until(|| answers(etcd_port))?;
        load(cluster, etcd_port).map_err(|error| format!("could not write into etcd: {error}"))?;

        let folder = keeper.folder();
        let write = |name: &str, text: &str| {
            let path = folder.join(name);
            std::fs::write(&path, text)
                .map_err(|error| format!("could not write {}: {error}", path.display()))?;
            Ok::<_, String>(path)
        };
        let keys =
            rcgen::KeyPair::generate().map_err(|error| format!("could not make a key: {error}"))?;
        let key = write("service-accounts.key", &keys.serialize_pem())?;
        let public_key = write("service-accounts.pub", &keys.public_key_pem())?;
        let tokens = write(
            "tokens.csv",
            &format!("{TOKEN},bench,bench,\"system:masters\"\n"),
        )?;
        let certificates = folder.join("certificates");
        let server = keeper.spawn(
            "kube-apiserver",
            programs.api_server,
            [
                format!("--etcd-servers={client_url}"),
                "--bind-address=127.0.0.1".to_owned(),
                format!("--secure-port={port}"),
                format!("--cert-dir={}", certificates.display()),
                format!("--token-auth-file={}", tokens.display()),
                "--service-account-issuer=https://kubernetes.default.svc".to_owned(),
                format!("--service-account-key-file={}", public_key.display()),
                format!("--service-account-signing-key-file={}", key.display()),
                "--service-cluster-ip-range=10.96.0.0/16".to_owned(),
                "--authorization-mode=RBAC".to_owned(),
                "--allow-privileged=true".to_owned(),
                "--disable-admission-plugins=ServiceAccount".to_owned(),
            ],
        )?;
        // The certificate that it makes for itself is its own authority.
        let certificate = certificates.join("apiserver.crt");
        let url = format!("https://127.0.0.1:{port}");
        let kubeconfig = write(
            "kubeconfig",
            &format!(
                r#"{{"apiVersion":"v1","kind":"Config","current-context":"bench",
                "clusters":[{{"name":"bench","cluster":{{"server":"{url}","certificate-authority":"{}"}}}}],
                "contexts":[{{"name":"bench","context":{{"cluster":"bench","user":"bench"}}}}],
                "users":[{{"name":"bench","user":{{"token":"{TOKEN}"}}}}]}}"#,
                certificate.display()
            ),
        )?;
        let started = Self {
            url,
            certificate,
            kubeconfig,
            _running: vec![etcd],
            keeper,
        };
        for path in ["/readyz", "/api/v1/pods?limit=1"] {
            server.wait_until(|| started.can_read(programs.kubectl, path))?;
        }
        Ok(Self {
            _running: started._running.into_iter().chain([server]).collect(),
            ..started
        })
    }

    /// A folder that is removed with the server.
    pub fn folder(&self) -> &Path {
        self.keeper.folder()
    }

    /// The file that tells clients how to reach it.
    pub fn kubeconfig(&self) -> &Path {
        &self.kubeconfig
    }

    /// Changes one pod every half second until what is returned is dropped.
    pub fn stir(&self, cluster: &Cluster) -> Stirring {
        let stop = Arc::new(AtomicBool::new(false));
        let stopped = Arc::clone(&stop);
        let pod = cluster
            .answers()
            .find(|answer| answer.placement == "EC2")
            .map(|answer| {
                format!(
                    "/api/v1/namespaces/{}/pods/{}",
                    answer.namespace, answer.name
                )
            });
        let mut curl = self.curl();
        curl.args([
            "--request",
            "PATCH",
            "--header",
            "Content-Type: application/merge-patch+json",
        ]);
        let arguments: Vec<_> = curl.get_args().map(ToOwned::to_owned).collect();
        let url = format!("{}{}", self.url, pod.unwrap_or_default());
        let thread = thread::spawn(move || {
            let mut count = 0;
            while !stopped.load(Ordering::Relaxed) {
                count += 1;
                let body = format!(
                    r#"{{"metadata":{{"annotations":{{"example.com/last-scan":"{count}"}}}}}}"#
                );
                let _ = Command::new("curl")
                    .args(&arguments)
                    .args(["--data", &body, &url])
                    .output();
                thread::sleep(CHANGE_EVERY);
            }
        });
        Stirring {
            stop,
            thread: Some(thread),
        }
    }

    /// A curl that fetches all pages of pods over one connection and throws them away. The tokens of the pages are asked for
    /// beforehand, by the cheapest form of the same list, so that nothing but the pages is in its time.
    pub fn curl_pages(&self, compressed: bool) -> Result<Command, String> {
        let mut config = String::new();
        let mut token = String::new();
        loop {
            let path = format!("/api/v1/pods?limit={PAGE}{token}");
            config.push_str(&format!(
                "url = \"{}{path}\"\noutput = /dev/null\n",
                self.url
            ));
            let mut head = self.curl();
            head.args([
                "--header",
                "Accept: application/json;as=Table;g=meta.k8s.io;v=v1",
            ]);
            head.arg(format!("{}{path}&includeObject=None", self.url));
            let text = text_of(&mut head)?;
            let Some((_, rest)) = text.split_once("\"continue\":\"") else {
                break;
            };
            let next = rest.split('"').next().unwrap_or_default();
            if next.is_empty() {
                break;
            }
            token = format!("&continue={next}");
        }
        let path = self.folder().join("pages");
        std::fs::write(&path, config)
            .map_err(|error| format!("could not write {}: {error}", path.display()))?;
        let mut curl = self.curl();
        if compressed {
            curl.arg("--compressed");
        }
        curl.arg("--config").arg(path);
        Ok(curl)
    }

    fn can_read(&self, kubectl: &Path, path: &str) -> bool {
        Command::new(kubectl)
            .args(["get", "--raw", path])
            .env("KUBECONFIG", &self.kubeconfig)
            .output()
            .is_ok_and(|output| output.status.success())
    }

    fn curl(&self) -> Command {
        let mut curl = Command::new("curl");
        curl.args([
            "--silent",
            "--show-error",
            "--fail",
            "--user-agent",
            USER_AGENT,
            "--cacert",
        ])
        .arg(&self.certificate)
        .args(["--header", &format!("Authorization: Bearer {TOKEN}")]);
        curl
    }
}

/// The changes of a cluster in use; they end when this is dropped.
pub struct Stirring {
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Drop for Stirring {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn text_of(command: &mut Command) -> Result<String, String> {
    let output = command
        .output()
        .map_err(|error| format!("could not start curl: {error}"))?;
    if output.status.success() {
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    } else {
        Err(String::from_utf8_lossy(&output.stderr).into_owned())
    }
}

/// Writes every object under the key that an API server looks for, through etcd's own HTTP gateway.
fn load(cluster: &Cluster, port: u16) -> std::io::Result<()> {
    let mut batch = Vec::with_capacity(BATCH);
    let others = KINDS.iter().flat_map(|kind| cluster.objects(*kind));
    for object in others.chain(cluster.pods(true)) {
        batch.push(object);
        if batch.len() == BATCH {
            put(port, &batch)?;
            batch.clear();
        }
    }
    put(port, &batch)
}

/// Puts objects in one transaction.
fn put(port: u16, objects: &[Stored]) -> std::io::Result<()> {
    let mut body = String::from(r#"{"success":["#);
    for (index, object) in objects.iter().enumerate() {
        body.push_str(if index == 0 { "" } else { "," });
        body.push_str(r#"{"requestPut":{"key":""#);
        STANDARD.encode_string(format!("/registry/{}", object.key), &mut body);
        body.push_str(r#"","value":""#);
        STANDARD.encode_string(&object.json, &mut body);
        body.push_str(r#""}}"#);
    }
    body.push_str("]}");
    // In version 1.0 the answer ends where the connection does.
    let mut stream = TcpStream::connect(("127.0.0.1", port))?;
    write!(
        stream,
        "POST /v3/kv/txn HTTP/1.0\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n",
        body.len()
    )?;
    stream.write_all(body.as_bytes())?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    match answer.split_once(' ') {
        Some((_, rest)) if rest.starts_with("200 ") => Ok(()),
        _ => Err(std::io::Error::other(answer)),
    }
}
