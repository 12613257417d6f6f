//! What was asked of an API server: its own audit log, which nobody who asks can keep out of.

use std::fs::File;
use std::io::{Read as _, Seek as _, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
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

/// After so many looks at which nothing was new, nothing more is coming.
const LONG_ENOUGH: u32 = 2;

/// The log of one server.
#[derive(Clone, Debug)]
pub struct Audit {
    file: PathBuf,
    so_far: Arc<Mutex<SoFar>>,
}

/// What was read of a log: it is long, and asked for again and again.
#[derive(Debug, Default)]
struct SoFar {
    /// Up to where it was read, in bytes.
    end: u64,
    requests: Vec<Request>,
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
    fn read(line: &[u8]) -> Option<Self> {
        let event: Value = serde_json::from_slice(line).ok()?;
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
            so_far: Arc::default(),
        }
    }

    /// Everything so far.
    pub fn requests(&self) -> Vec<Request> {
        self.matching(|_| true)
    }

    /// Of everything so far, what is like this.
    pub fn matching(&self, is_wanted: impl Fn(&Request) -> bool) -> Vec<Request> {
        let mut so_far = self.so_far.lock().expect("nobody panics with it");
        so_far.read_on(&self.file);
        let wanted = so_far.requests.iter().filter(|request| is_wanted(request));
        wanted.cloned().collect()
    }

    /// What this user has asked. The server writes an event down once it is answered, so this waits until no more comes.
    pub fn requests_of(&self, user: &str) -> Vec<Request> {
        let (mut before, mut quiet) = (0, 0);
        loop {
            let requests = self.matching(|request| request.user == user);
            quiet = match before == requests.len() && before > 0 {
                true => quiet + 1,
                false => 0,
            };
            if quiet == LONG_ENOUGH {
                return requests;
            }
            before = requests.len();
            std::thread::sleep(Duration::from_millis(50));
        }
    }
}

impl SoFar {
    fn read_on(&mut self, file: &Path) {
        // Before its first request a server has no log.
        let Ok(mut file) = File::open(file) else {
            return;
        };
        let mut news = Vec::new();
        file.seek(SeekFrom::Start(self.end))
            .and_then(|_| file.read_to_end(&mut news))
            .expect("the log is a file of the run's own");
        // The last line may be half written.
        let whole = news.iter().rposition(|byte| *byte == b'\n');
        let Some(whole) = whole.map(|at| at + 1) else {
            return;
        };
        self.end += u64::try_from(whole).expect("a log fits");
        let lines = news[..whole].split(|byte| *byte == b'\n');
        self.requests.extend(lines.filter_map(Request::read));
    }
}
