//! What was asked of an API server: its own audit log, which nobody who asks can keep out of.

use std::path::{Path, PathBuf};
use std::time::Duration;

use serde_json::{Value, json};

/// The policy of every server here: who asked for what and how it was answered, without what was sent. Left out is what the
/// servers ask of each other all the time.
pub fn policy() -> String {
    json!({
        "apiVersion": "audit.k8s.io/v1", "kind": "Policy",
        "omitStages": ["RequestReceived"], "omitManagedFields": true,
        "rules": [
            {"level": "None", "users": ["system:apiserver"]},
            {"level": "None", "resources": [{"group": "coordination.k8s.io"}]},
            {"level": "Metadata"},
        ],
    })
    .to_string()
}

/// The log of one server.
#[derive(Clone, Debug)]
pub struct Audit {
    file: PathBuf,
}

/// A request, as the server saw it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Request {
    /// Who asked.
    pub user: String,
    /// With which program.
    pub agent: String,
    /// `get`, `list`, `create`, …
    pub verb: String,
    /// The API group; empty for the core group, and for what is no object.
    pub group: String,
    /// The plural name; empty for what is no object.
    pub resource: String,
    /// The namespace, empty where none was named.
    pub namespace: String,
    /// The name, empty where none was named.
    pub name: String,
    /// Path and query.
    pub uri: String,
    /// The status of the answer.
    pub code: u64,
}

impl Request {
    fn read(line: &str) -> Option<Self> {
        let event: Value = serde_json::from_str(line).ok()?;
        let text = |pointer: &str| {
            let text = event.pointer(pointer).and_then(Value::as_str);
            text.unwrap_or_default().to_owned()
        };
        Some(Self {
            user: text("/user/username"),
            agent: text("/userAgent"),
            verb: text("/verb"),
            group: text("/objectRef/apiGroup"),
            resource: text("/objectRef/resource"),
            namespace: text("/objectRef/namespace"),
            name: text("/objectRef/name"),
            uri: text("/requestURI"),
            code: event["responseStatus"]["code"].as_u64().unwrap_or_default(),
        })
    }

    /// Whether our own program sent it.
    pub fn is_ours(&self) -> bool {
        self.agent.starts_with("kubectl-fargate/")
    }
}

impl Audit {
    /// The log that a server writes to this file.
    pub fn of(file: &Path) -> Self {
        Self {
            file: file.to_owned(),
        }
    }

    /// Everything so far.
    pub fn requests(&self) -> Vec<Request> {
        let log = std::fs::read_to_string(&self.file).unwrap_or_default();
        // The last line may be half written.
        log.lines().filter_map(Request::read).collect()
    }

    /// What this user has asked. The server writes an event down once it is answered, so this waits until no more comes.
    pub fn requests_of(&self, user: &str) -> Vec<Request> {
        let mut before = None;
        loop {
            let log = std::fs::read_to_string(&self.file).unwrap_or_default();
            // The log is long, and parsing takes longest.
            let name = format!("\"{user}\"");
            let lines = log.lines().filter(|line| line.contains(&name));
            let mut requests: Vec<Request> = lines.filter_map(Request::read).collect();
            requests.retain(|request| request.user == user);
            if before == Some(requests.len()) && !requests.is_empty() {
                return requests;
            }
            before = Some(requests.len());
            std::thread::sleep(Duration::from_millis(50));
        }
    }
}
