//! `-v`: the requests that are made, on standard error, in the form of kubectl's log. At 6 each with its status and time, at 7
//! with its headers, at 8 with those of the answer. No body is ever told, and no value of a header or parameter that may be a
//! secret.
//!
//! Also what API servers warn of, which kubectl tells whatever the level.
//!
//! Source: client-go, `transport/round_trippers.go` and `rest/warnings.go`; klog's header format.

use std::collections::BTreeSet;
use std::fmt::{Display, Write as _};
use std::io::Write as _;
use std::sync::Mutex;
use std::sync::atomic::{AtomicI32, Ordering};
use std::time::Instant;

use http::header::{HeaderMap, WARNING};
use http::{StatusCode, Uri};
use jiff::Timestamp;

use super::cluster::erase_progress;
use crate::decision::facts::characters::is_unsafe;

/// How much is told. One process has one log.
static LEVEL: AtomicI32 = AtomicI32::new(0);
/// What was warned of, each once.
static WARNINGS: Mutex<BTreeSet<String>> = Mutex::new(BTreeSet::new());

/// From here on requests are told.
const REQUESTS: i32 = 6;
/// Their headers, too.
const HEADERS: i32 = 7;
/// And those of the answers.
const ANSWERS: i32 = 8;
/// What is told of one value.
const LONGEST: usize = 500;
/// So many different warnings are told; a server that sends more means harm.
const MOST_WARNINGS: usize = 50;
/// In place of a secret.
const MASKED: &str = "<masked>";
/// Parts of the names of headers and parameters that may hold secrets. A `continue` token is none, but looks like one.
const SECRET: &[&str] = &[
    "auth",
    "cookie",
    "token",
    "secret",
    "password",
    "credential",
    "signature",
    "session",
    "continue",
    "key",
];

/// Sets how much is told.
pub fn set_level(level: i32) {
    LEVEL.store(level, Ordering::Relaxed);
}

fn level() -> i32 {
    LEVEL.load(Ordering::Relaxed)
}

/// How many different warnings servers have sent.
pub fn warnings() -> usize {
    WARNINGS.lock().map_or(0, |warnings| warnings.len())
}

/// A request that is under way.
pub struct Underway {
    verb: String,
    url: String,
    began: Instant,
}

impl Underway {
    /// A request begins. `None` where nothing is told.
    pub fn begin(
        verb: &str,
        url: impl FnOnce() -> String,
        headers: &[(&str, &str)],
    ) -> Option<Self> {
        if level() < REQUESTS {
            return None;
        }
        let (verb, url) = (shown(verb), shown(&url()));
        if level() >= HEADERS {
            tell(format_args!("{verb} {url}"));
            tell("Request Headers:");
            for (name, value) in headers {
                tell(format_args!(
                    "    {}: {}",
                    shown(name),
                    value_of(name, value)
                ));
            }
        }
        Some(Self {
            verb,
            url,
            began: Instant::now(),
        })
    }

    /// Its answer begins.
    pub fn answered(self, status: StatusCode, headers: impl Iterator<Item = (String, String)>) {
        let milliseconds = self.began.elapsed().as_millis();
        let Self { verb, url, .. } = self;
        if level() < HEADERS {
            return tell(format_args!(
                "{verb} {url} {status} in {milliseconds} milliseconds"
            ));
        }
        tell(format_args!(
            "Response Status: {status} in {milliseconds} milliseconds"
        ));
        if level() >= ANSWERS {
            tell("Response Headers:");
            for (name, value) in headers {
                tell(format_args!(
                    "    {}: {}",
                    shown(&name),
                    value_of(&name, &value)
                ));
            }
        }
    }

    /// There is no answer. Why is told with the error that comes of it.
    pub fn failed(self) {
        let milliseconds = self.began.elapsed().as_millis();
        let Self { verb, url, .. } = self;
        tell(format_args!(
            "{verb} {url} failed in {milliseconds} milliseconds"
        ));
    }
}

/// The headers of an answer as text.
pub fn texts(headers: &HeaderMap) -> impl Iterator<Item = (String, String)> {
    headers.iter().map(|(name, value)| {
        let value = String::from_utf8_lossy(value.as_bytes()).into_owned();
        (canonical(name.as_str()), value)
    })
}

/// The name of a header as Go writes it: `Set-Cookie`.
pub fn canonical(name: &str) -> String {
    let mut is_first = true;
    let letters = name.chars().map(|letter| {
        let upper = std::mem::replace(&mut is_first, letter == '-');
        match upper {
            true => letter.to_ascii_uppercase(),
            false => letter,
        }
    });
    letters.collect()
}

/// An address without what may be a secret in it: a user, and the values of parameters that are called like one.
pub fn address(base: &Uri, path_and_query: &str) -> String {
    let mut address = String::new();
    if let (Some(scheme), Some(authority)) = (base.scheme_str(), base.authority()) {
        let authority = authority.as_str();
        let host = authority.rsplit('@').next().unwrap_or(authority);
        address.push_str(&format!("{scheme}://{host}"));
    }
    address.push_str(base.path().trim_end_matches('/'));
    let (path, query) = match path_and_query.split_once('?') {
        Some((path, query)) => (path, Some(query)),
        None => (path_and_query, None),
    };
    address.push_str(path);
    let parameters = query.into_iter().flat_map(|query| query.split('&'));
    for (index, parameter) in parameters.enumerate() {
        address.push(if index == 0 { '?' } else { '&' });
        match parameter.split_once('=') {
            Some((name, _)) if is_secret(name) => {
                address.push_str(&format!("{name}={MASKED}"));
            }
            _ => address.push_str(parameter),
        }
    }
    address
}

/// Tells what an API server warns of, each once, as kubectl does.
pub fn warn(headers: &HeaderMap) {
    for value in headers.get_all(WARNING) {
        let text = String::from_utf8_lossy(value.as_bytes());
        let Some(warning) = warning(&text) else {
            continue;
        };
        let is_new = WARNINGS.lock().is_ok_and(|mut warnings| {
            warnings.len() < MOST_WARNINGS && warnings.insert(warning.clone())
        });
        if is_new {
            erase_progress();
            // Where nobody listens, nobody is warned.
            let _ = writeln!(std::io::stderr(), "Warning: {}", shown(&warning));
        }
    }
}

/// The text of `299 - "text"`; other codes are about proxies and caches.
fn warning(header: &str) -> Option<String> {
    let rest = header.trim().strip_prefix("299 ")?;
    let quoted = rest.split_once('"')?.1;
    let mut text = String::new();
    let mut characters = quoted.chars();
    while let Some(character) = characters.next() {
        match character {
            '"' => break,
            '\\' => text.extend(characters.next()),
            plain => text.push(plain),
        }
    }
    (!text.is_empty()).then_some(text)
}

fn is_secret(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    SECRET.iter().any(|part| name.contains(part))
}

/// The value of a header; of a login, only its kind.
fn value_of(name: &str, value: &str) -> String {
    if !is_secret(name) {
        return shown(value);
    }
    let kind = value.split_once(' ').map(|(kind, _)| kind);
    match kind.filter(|kind| matches!(kind.to_ascii_lowercase().as_str(), "bearer" | "basic")) {
        Some(kind) => format!("{kind} {MASKED}"),
        None => MASKED.to_owned(),
    }
}

/// Text that a terminal does not obey.
fn shown(text: &str) -> String {
    let mut shown = String::with_capacity(text.len().min(LONGEST));
    for character in text.chars().take(LONGEST) {
        match is_unsafe(character) {
            // Writing to a String cannot fail.
            true => {
                let _ = write!(shown, "{}", character.escape_unicode());
            }
            false => shown.push(character),
        }
    }
    if text.chars().nth(LONGEST).is_some() {
        shown.push('…');
    }
    shown
}

/// Writes a line of the log: `I1121 14:41:33.123456   12345 requests.rs] words`, in UTC.
fn tell(words: impl Display) {
    erase_progress();
    let now = Timestamp::now().strftime("%m%d %H:%M:%S%.6f").to_string();
    let process = std::process::id();
    // Where nobody listens, nothing is lost.
    let _ = writeln!(
        std::io::stderr(),
        "I{now} {process:>7} requests.rs] {words}"
    );
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_keep_no_secret() {
        let base = Uri::from_static("https://me:s3cret@api.example.com:6443/k8s/");
        let found = address(&base, "/api/v1/pods?limit=500&continue=abc&token=abc&watch");
        assert_eq!(
            found,
            "https://api.example.com:6443/k8s/api/v1/pods?limit=500&continue=<masked>&token=<masked>&watch"
        );
    }

    #[test]
    fn headers_keep_no_secret() {
        for (name, value, wanted) in [
            ("Accept", "application/json", "application/json"),
            ("Authorization", "Bearer s3cret", "Bearer <masked>"),
            ("authorization", "Basic s3cret", "Basic <masked>"),
            ("Authorization", "s3cret", "<masked>"),
            ("Authorization", "s3cret and more", "<masked>"),
            ("Set-Cookie", "id=s3cret", "<masked>"),
            ("X-Amz-Security-Token", "s3cret", "<masked>"),
            ("X-Api-Key", "s3cret", "<masked>"),
            ("X-Note", "a\u{1b}[2Jb", "a\\u{1b}[2Jb"),
        ] {
            assert_eq!(value_of(name, value), wanted, "{name}: {value}");
        }
    }

    #[test]
    fn warnings_are_read_as_they_are_written() {
        for (header, wanted) in [
            (
                "299 - \"v1 Endpoints is deprecated\"",
                Some("v1 Endpoints is deprecated"),
            ),
            ("299 - \"a \\\"b\\\" c\"", Some("a \"b\" c")),
            ("110 - \"stale\"", None),
            ("299 - none", None),
            ("", None),
        ] {
            assert_eq!(warning(header).as_deref(), wanted, "{header}");
        }
    }
}
