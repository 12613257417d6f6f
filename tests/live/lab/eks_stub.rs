//! An EKS API (and EC2 beside it) of our own, for what moto does not do: refusing, throttling, breaking, paging, keeping silent,
//! profiles of the past, and access entries.

use std::{
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::{TcpListener, TcpStream},
    sync::{Arc, Mutex},
    time::Duration,
};

use serde_json::{Value, json};

/// What the endpoint does with a request.
pub enum Answer {
    /// Answers with a status and a JSON body.
    Json(u16, Value),
    /// Answers with an error as the EKS API words it.
    Error(u16, &'static str, &'static str),
    /// Answers with a status and a text, for example XML.
    Text(u16, String),
    /// Begins an answer with this text, and closes the connection in the middle of it.
    BreakOff(&'static str),
    /// Says nothing and keeps the connection open.
    Silence,
}

/// A request as it came: `GET /clusters/prod/fargate-profiles?maxResults=100`.
pub struct Asked {
    pub path: String,
    pub query: String,
    /// What was sent along, for example `Action=DescribeSubnets&…`.
    pub body: String,
}

impl Asked {
    /// The action that EC2 is asked for; `None` for a question to EKS.
    pub fn ec2_action(&self) -> Option<&str> {
        self.body
            .split('&')
            .find_map(|pair| pair.strip_prefix("Action="))
    }
}

/// A running endpoint. It ends with the tests.
pub struct EksStub {
    port: u16,
    asked: Arc<Mutex<Vec<String>>>,
}

impl EksStub {
    /// Starts an endpoint that answers every request as `answer` says.
    pub fn start(answer: impl Fn(&Asked) -> Answer + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).expect("loopback has a free port");
        let port = listener
            .local_addr()
            .expect("a bound socket has an address")
            .port();
        let asked = Arc::new(Mutex::new(Vec::new()));
        let answer = Arc::new(answer);
        let log = Arc::clone(&asked);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (answer, log) = (Arc::clone(&answer), Arc::clone(&log));
                std::thread::spawn(move || serve(stream, answer.as_ref(), &log));
            }
        });
        Self { port, asked }
    }

    /// An endpoint that lists and describes these profiles, each as `DescribeFargateProfile` gives it.
    pub fn with_profiles(profiles: Vec<Value>) -> Self {
        Self::start(move |asked| match profile_asked_for(&asked.path) {
            None if !asked.path.ends_with("/fargate-profiles") => {
                Answer::Error(403, "AccessDeniedException", "no more than the profiles")
            }
            None => {
                let names: Vec<&Value> = profiles
                    .iter()
                    .map(|profile| &profile["fargateProfileName"])
                    .collect();
                Answer::Json(200, json!({"fargateProfileNames": names}))
            }
            Some(name) => match profiles
                .iter()
                .find(|profile| profile["fargateProfileName"] == name)
            {
                Some(profile) => Answer::Json(200, json!({"fargateProfile": profile})),
                None => Answer::Error(404, "ResourceNotFoundException", "No Fargate Profile found"),
            },
        })
    }

    /// Its address, for `AWS_ENDPOINT_URL`.
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// What was asked so far, `METHOD /path?query` each, and what was sent along after a space.
    pub fn asked(&self) -> Vec<String> {
        self.asked
            .lock()
            .expect("nothing panics while it holds the list")
            .clone()
    }
}

/// A profile of one selector, as `DescribeFargateProfile` gives it, created years ago.
pub fn profile(cluster: &str, name: &str, namespace: &str, labels: &Value) -> Value {
    json!({
        "fargateProfileName": name, "clusterName": cluster, "status": "ACTIVE", "createdAt": 1_640_995_200.0,
        "fargateProfileArn": format!("arn:aws:eks:eu-west-1:123456789012:fargateprofile/{cluster}/{name}/a0b1c2d3-0000-4000-8000-000000000000"),
        "podExecutionRoleArn": "arn:aws:iam::123456789012:role/pods", "subnets": ["subnet-0a1b2c3d4e5f60718"],
        "selectors": [{"namespace": namespace, "labels": labels}], "tags": {},
    })
}

/// Returns the profile that a path of DescribeFargateProfile names; `None` for ListFargateProfiles.
pub fn profile_asked_for(path: &str) -> Option<&str> {
    let (_, name) = path.split_once("/fargate-profiles")?;
    name.strip_prefix('/').filter(|name| !name.is_empty())
}

fn serve(stream: TcpStream, answer: &dyn Fn(&Asked) -> Answer, log: &Mutex<Vec<String>>) {
    let Ok(mut writer) = stream.try_clone() else {
        return;
    };
    let mut reader = BufReader::new(stream);
    // One connection carries one request after another.
    loop {
        let mut first = String::new();
        if reader.read_line(&mut first).is_err() || first.trim().is_empty() {
            return;
        }
        let (mut header, mut length) = (String::new(), 0);
        while reader.read_line(&mut header).is_ok_and(|read| read > 0) && !header.trim().is_empty()
        {
            let (name, value) = header.split_once(':').unwrap_or_default();
            if name.eq_ignore_ascii_case("content-length") {
                length = value.trim().parse().expect("a length is a number");
            }
            header.clear();
        }
        let mut body = vec![0; length];
        if reader.read_exact(&mut body).is_err() {
            return;
        }
        let body = String::from_utf8_lossy(&body).into_owned();
        let mut words = first.split_whitespace();
        let (method, target) = (
            words.next().unwrap_or_default(),
            words.next().unwrap_or_default(),
        );
        log.lock()
            .expect("nothing panics while it holds the list")
            .push(format!("{method} {target} {body}").trim_end().to_owned());
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let (status, error, body) = match answer(&Asked {
            path: path.to_owned(),
            query: query.to_owned(),
            body,
        }) {
            Answer::Json(status, body) => (status, None, body.to_string()),
            Answer::Error(status, name, message) => {
                (status, Some(name), json!({"message": message}).to_string())
            }
            Answer::Text(status, body) => (status, None, body),
            Answer::BreakOff(text) => {
                let beginning = format!(
                    "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 5000\r\n\r\n{text}"
                );
                let _ = writer.write_all(beginning.as_bytes());
                let _ = writer.shutdown(std::net::Shutdown::Both);
                return;
            }
            Answer::Silence => loop {
                std::thread::sleep(Duration::from_secs(60));
            },
        };
        let error = error
            .map(|name| format!("x-amzn-ErrorType: {name}\r\n"))
            .unwrap_or_default();
        let answer = format!(
            "HTTP/1.1 {status} Status\r\nContent-Type: application/json\r\n{error}x-amzn-RequestId: 0\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        );
        if writer.write_all(answer.as_bytes()).is_err() {
            return;
        }
    }
}
