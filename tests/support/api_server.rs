//! An API server that answers as a test wants, and the binary run against it.

use std::{
    collections::BTreeMap,
    io::{BufRead as _, BufReader, Read, Write},
    net::{TcpListener, TcpStream},
    path::Path,
    process::{Command, Stdio},
    sync::{Arc, Mutex},
    time::Duration,
};

use serde_json::{Value, json};

/// A request as it came.
pub struct Asked {
    pub path: String,
    pub query: String,
    /// The bearer token, empty without one.
    pub token: String,
    /// How often this path was asked for, this time included.
    pub count: usize,
}

/// Writes an answer as it likes.
pub type Script = Box<dyn FnOnce(&mut dyn Write)>;

/// What the server does with a request.
#[allow(dead_code, reason = "each test file needs its own")]
pub enum Answer {
    Json(u16, Value),
    /// Status, further lines of the head (each with its line break), body.
    Bytes(u16, String, Vec<u8>),
    /// Writes what it likes; the connection ends with it.
    Script(Script),
    Text(u16, &'static str),
    /// Too busy, with the seconds of `Retry-After`.
    Busy(u16, Option<u32>),
    /// Closes the connection without a word.
    HangUp,
    /// Says nothing and keeps the connection open.
    Silence,
    /// Announces a body and sends half of it.
    HalfABody,
}

impl Answer {
    /// 404 about the object at this path, as an API server words it.
    pub fn absent(path: &str) -> Self {
        let name = path.rsplit('/').next().unwrap_or_default();
        Self::Json(
            404,
            json!({"kind": "Status", "status": "Failure", "reason": "NotFound", "code": 404,
                "message": format!("{name:?} not found"), "details": {"name": name}}),
        )
    }
}

/// A list of bare pods in the namespace `shop`.
pub fn pod_list(names: &[&str], next: Option<&str>) -> Answer {
    let items: Vec<Value> = names
        .iter()
        .map(|name| json!({"metadata": {"name": name, "namespace": "shop"}, "spec": {}, "status": {"phase": "Pending"}}))
        .collect();
    Answer::Json(
        200,
        json!({"kind": "PodList", "metadata": {"continue": next}, "items": items}),
    )
}

#[derive(Default)]
struct Log {
    counts: BTreeMap<String, usize>,
    agents: Vec<String>,
    heads: Vec<Vec<String>>,
}

/// A running server. It ends with the tests.
pub struct Stub {
    port: u16,
    log: Arc<Mutex<Log>>,
    folder: tempfile::TempDir,
}

/// What came of a run of the binary.
#[derive(Debug)]
pub struct Outcome {
    pub code: Option<i32>,
    pub stdout: String,
    pub stderr: String,
}

impl Outcome {
    /// The report on standard output.
    pub fn report(&self) -> Value {
        serde_json::from_str(&self.stdout)
            .unwrap_or_else(|error| panic!("no report ({error}): {self:?}"))
    }
}

#[allow(dead_code, reason = "each test file asks in its own ways")]
impl Stub {
    /// Starts a server that answers every request as `answer` says.
    pub fn start(answer: impl Fn(&Asked) -> Answer + Send + Sync + 'static) -> Self {
        Self::start_behind(Some, answer)
    }

    /// The same, where a connection is what `open` makes of it (TLS); `None` closes it.
    pub fn start_behind<C: Read + Write>(
        open: impl Fn(TcpStream) -> Option<C> + Send + Sync + 'static,
        answer: impl Fn(&Asked) -> Answer + Send + Sync + 'static,
    ) -> Self {
        let open = Arc::new(open);
        let listener = TcpListener::bind(("127.0.0.1", 0)).expect("loopback has a free port");
        let port = listener
            .local_addr()
            .expect("a bound socket has an address")
            .port();
        let log = Arc::new(Mutex::new(Log::default()));
        let answer = Arc::new(answer);
        let shared = Arc::clone(&log);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (answer, log, open) =
                    (Arc::clone(&answer), Arc::clone(&shared), Arc::clone(&open));
                std::thread::spawn(move || {
                    if let Some(connection) = open(stream) {
                        serve(connection, answer.as_ref(), &log);
                    }
                });
            }
        });
        let folder = tempfile::tempdir().expect("a temporary folder");
        Self { port, log, folder }
    }

    /// The port that it listens on, on loopback.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The folder in which the binary runs.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Runs `explain` with a kubeconfig that has a token, profiles being an empty list.
    pub fn explain(&self, arguments: &[&str]) -> Outcome {
        self.ask(
            "explain",
            &[arguments, &["--profiles", "profiles.json"]].concat(),
        )
    }

    /// Runs `explain` about the EKS cluster `prod`, whose profiles AWS refuses to tell for want of credentials.
    pub fn explain_without_aws(&self, arguments: &[&str]) -> Outcome {
        let cluster = ["--cluster-name", "prod", "--region", "eu-west-1"];
        self.ask("explain", &[arguments, &cluster].concat())
    }

    /// Runs a command with a kubeconfig that has a token; whose profiles, the arguments say. `profiles.json` is an empty list.
    pub fn ask(&self, command: &str, arguments: &[&str]) -> Outcome {
        self.run(
            &json!({"token": "token-0"}),
            &[&[command], arguments].concat(),
        )
    }

    /// Runs `explain` with a login plugin that gives `token-1` the first time, `token-2` the second, and so on.
    pub fn explain_with_plugin(&self, arguments: &[&str]) -> Outcome {
        let script = format!(
            r#"echo x >> {0}; printf '{{"kind":"ExecCredential","status":{{"token":"token-%d"}}}}' "$(grep -c x {0})""#,
            self.folder.path().join("logins").display()
        );
        let exec = json!({"apiVersion": "client.authentication.k8s.io/v1", "command": "sh", "args": ["-c", script]});
        self.run(
            &json!({"exec": exec}),
            &[&["explain"], arguments, &["--profiles", "profiles.json"]].concat(),
        )
    }

    /// How often the login plugin ran.
    pub fn logins(&self) -> usize {
        std::fs::read_to_string(self.folder.path().join("logins"))
            .map_or(0, |text| text.lines().count())
    }

    /// A file in the folder in which the binary runs.
    pub fn write(&self, name: &str, text: &str) {
        std::fs::write(self.folder.path().join(name), text).expect("the folder is ours");
    }

    fn run(&self, user: &Value, arguments: &[&str]) -> Outcome {
        let output = self
            .command(&json!({"server": self.url()}), user, arguments)
            .output()
            .expect("cargo built the binary for this test");
        Outcome {
            code: output.status.code(),
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }

    /// Its address, of plain HTTP.
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// The binary, ready to run with a kubeconfig of this cluster and user; `profiles.json` is an empty list.
    pub fn command(&self, cluster: &Value, user: &Value, arguments: &[&str]) -> Command {
        let folder = self.folder();
        let kubeconfig = json!({
            "apiVersion": "v1", "kind": "Config", "current-context": "stub",
            "clusters": [{"name": "stub", "cluster": cluster}],
            "contexts": [{"name": "stub", "context": {"cluster": "stub", "user": "me"}}],
            "users": [{"name": "me", "user": user}],
        });
        std::fs::write(folder.join("kubeconfig"), kubeconfig.to_string())
            .expect("the folder is ours");
        let none = folder.join("profiles.json");
        if !none.exists() {
            std::fs::write(none, "[]").expect("the folder is ours");
        }
        let mut command = Command::new(env!("CARGO_BIN_EXE_kubectl-fargate"));
        command
            .args(arguments)
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("HOME", folder)
            .env("AWS_EC2_METADATA_DISABLED", "true")
            .env("KUBECONFIG", folder.join("kubeconfig"))
            .current_dir(folder)
            .stdin(Stdio::null());
        command
    }

    /// How often this path was asked for.
    pub fn asked(&self, path: &str) -> usize {
        let log = self.log.lock().expect("no thread panics with the log");
        log.counts.get(path).copied().unwrap_or_default()
    }

    /// Every path, as often as it was asked for.
    pub fn all_asked(&self) -> Vec<String> {
        let log = self.log.lock().expect("no thread panics with the log");
        log.counts
            .iter()
            .flat_map(|(path, count)| std::iter::repeat_n(path.clone(), *count))
            .collect()
    }

    /// The values of a header of the first request that asked for anything, each time it stood there.
    pub fn values_of(&self, header: &str) -> Vec<String> {
        let log = self.log.lock().expect("no thread panics with the log");
        let lines = log.heads.first().into_iter().flatten();
        lines
            .filter_map(|line| line.split_once(": "))
            .filter(|(name, _)| name.eq_ignore_ascii_case(header))
            .map(|(_, value)| value.to_owned())
            .collect()
    }

    /// The User-Agent of each request.
    pub fn agents(&self) -> Vec<String> {
        let log = self.log.lock().expect("no thread panics with the log");
        log.agents.clone()
    }
}

fn serve<C: Read + Write>(
    connection: C,
    answer: &(dyn Fn(&Asked) -> Answer + Send + Sync),
    log: &Mutex<Log>,
) {
    let mut connection = BufReader::new(connection);
    loop {
        let mut lines = Vec::new();
        loop {
            let mut line = String::new();
            match connection.read_line(&mut line) {
                Ok(read) if read > 0 => {}
                _ => return,
            }
            let line = line.trim_end();
            if line.is_empty() {
                break;
            }
            lines.push(line.to_owned());
        }
        let target = lines
            .first()
            .and_then(|first| first.split(' ').nth(1))
            .unwrap_or_default();
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let (mut token, mut agent) = (String::new(), String::new());
        for line in &lines {
            let (name, value) = line.split_once(": ").unwrap_or_default();
            match name.to_ascii_lowercase().as_str() {
                "authorization" => token = value.trim_start_matches("Bearer ").to_owned(),
                "user-agent" => agent = value.to_owned(),
                _ => {}
            }
        }
        let count = {
            let mut log = log.lock().expect("no thread panics with the log");
            log.agents.push(agent);
            log.heads.push(lines.clone());
            let count = log.counts.entry(path.to_owned()).or_default();
            *count += 1;
            *count
        };
        let asked = Asked {
            path: path.to_owned(),
            query: query.to_owned(),
            token,
            count,
        };
        let out = connection.get_mut();
        let (status, extra, body) = match answer(&asked) {
            Answer::Json(status, body) => (status, String::new(), body.to_string().into_bytes()),
            Answer::Bytes(status, extra, body) => (status, extra, body),
            Answer::Text(status, body) => (status, String::new(), body.as_bytes().to_vec()),
            Answer::Busy(status, seconds) => {
                let extra = seconds.map(|seconds| format!("Retry-After: {seconds}\r\n"));
                (status, extra.unwrap_or_default(), Vec::new())
            }
            Answer::Script(script) => {
                script(out);
                let _ = out.flush();
                return;
            }
            Answer::HangUp => return,
            Answer::Silence => {
                std::thread::sleep(Duration::from_secs(60));
                return;
            }
            Answer::HalfABody => {
                let _ =
                    out.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n{\"metadata\":");
                std::thread::sleep(Duration::from_secs(60));
                return;
            }
        };
        let head = format!(
            "HTTP/1.1 {status} Status\r\n{extra}Content-Length: {}\r\n\r\n",
            body.len()
        );
        if out
            .write_all(head.as_bytes())
            .and_then(|()| out.write_all(&body))
            .and_then(|()| out.flush())
            .is_err()
        {
            return;
        }
    }
}
