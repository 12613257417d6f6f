//! What can go wrong with one read, told apart as far as the answer depends on it.

use std::error::Error as StdError;
use std::io;
use std::time::Duration;

use serde::Deserialize;

use crate::decision::facts::SourceStatus;
use crate::error::{Error, ErrorKind};
use crate::sources::kubeconfig::Access;

/// A server that asks to be left alone for longer is not asked again.
const LONGEST_WAIT: Duration = Duration::from_secs(30);
/// So much is told of the words of whoever refused, in characters.
const LONGEST_WORDS: usize = 600;

/// Why a read failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FailureKind {
    /// 403.
    Forbidden,
    /// 404 about the very object that was asked for.
    Absent,
    /// 404 about the kind: there is no such API here.
    NotServed,
    /// 409: the object is no longer as the request takes it to be.
    Conflict,
    /// 410: a page of a list that the server no longer has.
    Expired,
    /// 401, even after logging in anew.
    Unauthorized,
    /// No answer, or no progress, within the time.
    TimedOut,
    /// Nothing listens there, or the name is unknown.
    Unreachable,
    /// The server could not be trusted, or did not trust us.
    Tls,
    /// The connection broke.
    Broken,
    /// The server is too busy, or failed itself: 429, 5xx.
    Server,
    /// Any other answer that is no success.
    Refused,
    /// An answer that cannot be understood.
    Malformed,
    /// Logging in anew failed.
    Login,
}

/// One failed read.
#[derive(Debug)]
pub struct Failure {
    /// What went wrong.
    pub kind: FailureKind,
    /// The words of whoever refused.
    pub message: String,
    /// How long the server asks to wait before the next try.
    pub retry_after: Option<Duration>,
    /// 429: the server did not even begin.
    pub is_too_busy: bool,
    /// The error of a failed login.
    pub login: Option<Box<Error>>,
}

impl Failure {
    /// A failure without more to say about it.
    pub fn new(kind: FailureKind, message: impl Into<String>) -> Self {
        Self {
            kind,
            message: shortened(message.into(), LONGEST_WORDS),
            retry_after: None,
            is_too_busy: false,
            login: None,
        }
    }

    /// How it is told in the report's `sources`.
    pub fn status(&self) -> SourceStatus {
        match self.kind {
            FailureKind::Forbidden | FailureKind::Unauthorized | FailureKind::Login => {
                SourceStatus::Forbidden
            }
            FailureKind::NotServed => SourceStatus::NotServed,
            FailureKind::TimedOut => SourceStatus::TimedOut,
            FailureKind::Malformed => SourceStatus::Malformed,
            _ => SourceStatus::Failed,
        }
    }

    /// Whether the same request may succeed a moment later. `was_alive`: the server has answered before, so that a closed
    /// door is one that opens again.
    pub fn may_pass(&self, was_alive: bool) -> bool {
        match self.kind {
            FailureKind::Broken => true,
            // Whoever is sent away for longer does not wait at the door.
            FailureKind::Server => self.retry_after.is_none_or(|wait| wait <= LONGEST_WAIT),
            FailureKind::Unreachable => was_alive,
            _ => false,
        }
    }

    /// The failure of a whole answer: what was asked about could not be read.
    pub fn into_error(self, access: &Access, what: &str) -> Error {
        if let Some(login) = self.login {
            return *login;
        }
        let place = match access.context.as_str() {
            "" => access.server.to_string(),
            context => format!("context {context} ({})", access.server),
        };
        let message = match self.kind {
            FailureKind::Unreachable | FailureKind::Broken | FailureKind::Tls => {
                "could not reach the cluster".to_owned()
            }
            FailureKind::Unauthorized => "the cluster did not accept the login".to_owned(),
            FailureKind::TimedOut => "the cluster did not answer in time".to_owned(),
            _ => format!("could not read {what}"),
        };
        let error = Error::new(ErrorKind::Cluster, message)
            .object(place)
            .cause(self.message);
        match self.kind {
            FailureKind::Unreachable | FailureKind::Broken => error
                .next("check the address and the way there (network, VPN, proxy), or name another context with --context"),
            FailureKind::Tls => error
                .next("write the cluster's entry anew, for example with aws eks update-kubeconfig; a proxy that opens TLS is another cause"),
            FailureKind::Unauthorized => error
                .next("log in again (for example aws sso login), and see with kubectl auth whoami who the cluster takes you for"),
            FailureKind::TimedOut => error.next("try again, or wait longer with --request-timeout 2m"),
            FailureKind::Forbidden => error
                .next("ask for the right to read it (the built-in role view is enough for pods), or read files: --from PATH"),
            FailureKind::NotServed | FailureKind::Malformed | FailureKind::Refused => error.next(
                "is this a Kubernetes API server? check the address in the kubeconfig; kubectl get --raw /version should tell its version",
            ),
            _ => error.next("try again; kubectl get --raw /readyz tells how the API server is"),
        }
    }

    /// Reads an answer that is no success.
    pub fn of_status(status: http::StatusCode, retry_after: Option<&str>, body: &[u8]) -> Self {
        #[derive(Default, Deserialize)]
        #[serde(default)]
        struct Status {
            message: Option<String>,
            details: Option<Details>,
        }
        #[derive(Default, Deserialize)]
        #[serde(default)]
        struct Details {
            name: Option<String>,
        }
        let told: Option<Status> = serde_json::from_slice(body).ok();
        let is_about_object = told
            .as_ref()
            .and_then(|told| told.details.as_ref())
            .and_then(|details| details.name.as_deref())
            .is_some_and(|name| !name.is_empty());
        let kind = match status.as_u16() {
            401 => FailureKind::Unauthorized,
            403 => FailureKind::Forbidden,
            404 if is_about_object => FailureKind::Absent,
            404 => FailureKind::NotServed,
            409 => FailureKind::Conflict,
            410 => FailureKind::Expired,
            429 | 500..=599 => FailureKind::Server,
            _ => FailureKind::Refused,
        };
        let mut message = told
            .and_then(|told| told.message)
            .filter(|message| !message.is_empty())
            .unwrap_or_else(|| match plain_line(body) {
                Some(line) => format!("{status}: {line}"),
                None => status.to_string(),
            });
        let retry_after = retry_after.and_then(wait_of);
        if let Some(wait) = retry_after.filter(|wait| *wait > LONGEST_WAIT) {
            message = format!(
                "{}; the server asks to be left alone for {}s",
                shortened(message, LONGEST_WORDS / 2),
                wait.as_secs()
            );
        }
        Self {
            retry_after,
            is_too_busy: status == http::StatusCode::TOO_MANY_REQUESTS,
            ..Self::new(kind, message)
        }
    }

    /// Reads why no answer came.
    pub fn of_transport(error: &(dyn StdError + 'static)) -> Self {
        let mut words: Vec<String> = Vec::new();
        let mut kind = FailureKind::Broken;
        let mut next = Some(error);
        while let Some(error) = next {
            let text = error.to_string();
            if let Some(io) = error.downcast_ref::<io::Error>() {
                kind = match io.kind() {
                    io::ErrorKind::ConnectionRefused
                    | io::ErrorKind::HostUnreachable
                    | io::ErrorKind::NetworkUnreachable
                    | io::ErrorKind::AddrNotAvailable => FailureKind::Unreachable,
                    io::ErrorKind::TimedOut => FailureKind::TimedOut,
                    _ => kind,
                };
            }
            if ["dns error", "failed to lookup address", "proxy", "tunnel"]
                .iter()
                .any(|word| text.contains(word))
            {
                kind = FailureKind::Unreachable;
            } else if text.contains("certificate")
                || text.contains("alert")
                || text.contains("corrupt message")
            {
                kind = FailureKind::Tls;
            }
            if !words.iter().any(|word| word.contains(&text)) {
                words.retain(|word| !text.contains(word.as_str()));
                words.push(text);
            }
            next = error.source();
        }
        // The outer layers only say that something below them failed.
        let plumbing = [
            "client error (Connect)",
            "client error (SendRequest)",
            "service error",
        ];
        if words.len() > 1 {
            let last = words.len() - 1;
            let kept: Vec<String> = words
                .iter()
                .enumerate()
                .filter(|(index, word)| {
                    *index == last || !plumbing.iter().any(|name| word.contains(name))
                })
                .map(|(_, word)| word.clone())
                .collect();
            words = kept;
        }
        Self::new(kind, in_plain_words(words.join(": ")))
    }
}

/// What some errors of TLS and HTTP mean, where their own words tell it only to those who know.
fn in_plain_words(words: String) -> String {
    let meaning = if words.contains("UnknownIssuer") {
        "the server's certificate was not issued by an authority that the kubeconfig or this machine trusts"
    } else if words.contains("InvalidContentType") {
        "the server does not speak TLS there, plain HTTP perhaps"
    } else if words.contains("invalid HTTP version") {
        "the server does not speak plain HTTP there, perhaps it wants https"
    } else {
        return words;
    };
    format!("{meaning} ({words})")
}

/// The first line of an explanation that is plain text, as proxies and the Go library write them.
fn plain_line(body: &[u8]) -> Option<&str> {
    let line = std::str::from_utf8(body)
        .ok()?
        .trim()
        .lines()
        .next()?
        .trim_end();
    let is_plain = !line.is_empty()
        && line.len() <= 200
        && !line.starts_with(['<', '{', '['])
        && !line.contains(char::is_control);
    is_plain.then_some(line)
}

/// How long `Retry-After` asks to wait: seconds, or a date of HTTP. `None` where it is neither.
fn wait_of(header: &str) -> Option<Duration> {
    let text = header.trim();
    if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
        // More than any number of seconds is as long as can be.
        return Some(Duration::from_secs(text.parse().unwrap_or(u64::MAX)));
    }
    let date = jiff::fmt::rfc2822::parse(text).ok()?.timestamp();
    Some(Duration::try_from(date.duration_since(jiff::Timestamp::now())).unwrap_or_default())
}

/// The text with no more than so many characters.
fn shortened(mut text: String, most: usize) -> String {
    if let Some((end, _)) = text.char_indices().nth(most) {
        text.truncate(end);
        text.push('…');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_are_told_apart() {
        let object = br#"{"kind":"Status","message":"pods \"x\" not found","reason":"NotFound","details":{"name":"x","kind":"pods"},"code":404}"#;
        let list = br#"{"kind":"Status","message":"the server could not find the requested resource","reason":"NotFound","details":{},"code":404}"#;
        for (code, body, wanted, status, why) in [
            (
                403,
                &b"{\"message\":\"nodes is forbidden\"}"[..],
                FailureKind::Forbidden,
                SourceStatus::Forbidden,
                "no right",
            ),
            (
                404,
                object,
                FailureKind::Absent,
                SourceStatus::Failed,
                "no such object",
            ),
            (
                404,
                list,
                FailureKind::NotServed,
                SourceStatus::NotServed,
                "no such kind",
            ),
            (
                404,
                b"404 page not found\n",
                FailureKind::NotServed,
                SourceStatus::NotServed,
                "no such group",
            ),
            (
                410,
                b"",
                FailureKind::Expired,
                SourceStatus::Failed,
                "a page that is gone",
            ),
            (
                401,
                b"",
                FailureKind::Unauthorized,
                SourceStatus::Forbidden,
                "no login",
            ),
            (
                429,
                b"",
                FailureKind::Server,
                SourceStatus::Failed,
                "too many requests",
            ),
            (
                503,
                b"<html>",
                FailureKind::Server,
                SourceStatus::Failed,
                "not there for now",
            ),
            (
                400,
                b"{\"message\":\"field label not supported\"}",
                FailureKind::Refused,
                SourceStatus::Failed,
                "a bad question",
            ),
        ] {
            let status_code = http::StatusCode::from_u16(code).expect("a valid code");
            let failure = Failure::of_status(status_code, None, body);
            assert_eq!(failure.kind, wanted, "{why}");
            assert_eq!(failure.status(), status, "{why}");
            assert!(!failure.message.is_empty(), "{why}");
        }
        let busy = Failure::of_status(http::StatusCode::TOO_MANY_REQUESTS, Some("7"), b"");
        assert_eq!(busy.retry_after, Some(Duration::from_secs(7)));
    }

    #[test]
    fn what_retry_after_means() {
        for (header, wanted, why) in [
            ("7", Some(7), "seconds"),
            (" 0 ", Some(0), "none"),
            ("99999999999999999999999", Some(u64::MAX), "for ever"),
            (
                "Wed, 21 Oct 2015 07:28:00 GMT",
                Some(0),
                "a date in the past",
            ),
            ("-1", None, "no wait"),
            ("0.5", None, "HTTP knows whole seconds"),
            ("soon", None, "rubbish"),
            ("", None, "nothing"),
        ] {
            assert_eq!(wait_of(header), wanted.map(Duration::from_secs), "{why}");
        }
        let ahead = wait_of("Tue, 21 Nov 3026 07:28:00 GMT");
        assert!(
            ahead.is_some_and(|wait| wait > LONGEST_WAIT),
            "a date ahead"
        );
        let status = http::StatusCode::SERVICE_UNAVAILABLE;
        let failure = Failure::of_status(status, Some("31536000"), b"");
        assert!(!failure.may_pass(true), "nobody waits for a year");
        assert!(failure.message.contains("31536000s"), "{}", failure.message);
    }

    #[test]
    fn words_of_others_are_kept_where_they_are_plain_and_short() {
        let of =
            |body: &[u8]| Failure::of_status(http::StatusCode::BAD_REQUEST, None, body).message;
        let go = b"Client sent an HTTP request to an HTTPS server.\n";
        assert_eq!(
            of(go),
            "400 Bad Request: Client sent an HTTP request to an HTTPS server."
        );
        assert_eq!(of(b"<html>no</html>"), "400 Bad Request");
        assert_eq!(of(b"\x1b[2J"), "400 Bad Request");
        assert_eq!(of(b"\xff\xfe"), "400 Bad Request");
        assert_eq!(of(&b"a".repeat(201)), "400 Bad Request");
        let long = format!(r#"{{"message":"{}"}}"#, "no ".repeat(5_000));
        assert_eq!(of(long.as_bytes()).chars().count(), LONGEST_WORDS + 1);
    }

    #[test]
    fn only_what_passes_is_tried_again() {
        for (kind, was_alive, wanted) in [
            (FailureKind::Server, false, true),
            (FailureKind::Broken, false, true),
            (FailureKind::Unreachable, false, false),
            (FailureKind::Unreachable, true, true),
            (FailureKind::TimedOut, true, false),
            (FailureKind::Forbidden, true, false),
            (FailureKind::Tls, true, false),
        ] {
            assert_eq!(
                Failure::new(kind, "").may_pass(was_alive),
                wanted,
                "{kind:?}"
            );
        }
    }

    #[test]
    fn closed_doors_are_not_broken_connections() {
        let refused = io::Error::from(io::ErrorKind::ConnectionRefused);
        assert_eq!(
            Failure::of_transport(&refused).kind,
            FailureKind::Unreachable
        );
        let reset = io::Error::from(io::ErrorKind::ConnectionReset);
        assert_eq!(Failure::of_transport(&reset).kind, FailureKind::Broken);
        let lookup =
            io::Error::other("failed to lookup address information: Name or service not known");
        assert_eq!(
            Failure::of_transport(&lookup).kind,
            FailureKind::Unreachable
        );
        let tls = io::Error::other("invalid peer certificate: UnknownIssuer");
        assert_eq!(Failure::of_transport(&tls).kind, FailureKind::Tls);
    }
}
