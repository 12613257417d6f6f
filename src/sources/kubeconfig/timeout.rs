//! How long a server is waited for, and `--request-timeout` as kubectl reads it.

use std::time::Duration;

/// How long no server is waited for without progress, where nothing else was asked for.
pub const DEFAULT_PATIENCE: Duration = Duration::from_secs(30);

/// The limit on waiting for a server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Patience {
    /// A request may take long as long as something comes; this is the longest silence.
    Silence(Duration),
    /// Each request must be through within this time, as with kubectl's flag.
    Whole(Duration),
    /// There is no limit (`--request-timeout=0`).
    Unlimited,
}

impl Default for Patience {
    fn default() -> Self {
        Self::Silence(DEFAULT_PATIENCE)
    }
}

impl Patience {
    /// The longest silence that is borne.
    pub fn silence(self) -> Option<Duration> {
        match self {
            Self::Silence(limit) | Self::Whole(limit) => Some(limit),
            Self::Unlimited => None,
        }
    }

    /// The longest that one request may take as a whole.
    pub fn whole(self) -> Option<Duration> {
        match self {
            Self::Whole(limit) => Some(limit),
            Self::Silence(_) | Self::Unlimited => None,
        }
    }
}

/// Reads `--request-timeout`: whole seconds, or a Go duration (`5s`, `1m30s`, `500ms`, `1.5h`); zero means no limit.
///
/// # Errors
/// A sentence for the reader where it is neither.
pub fn parse_request_timeout(text: &str) -> Result<Patience, String> {
    let limit = match text.parse::<u64>() {
        Ok(seconds) => Some(Duration::from_secs(seconds)),
        Err(_) => go_duration(text),
    };
    match limit {
        Some(limit) if limit.is_zero() => Ok(Patience::Unlimited),
        Some(limit) => Ok(Patience::Whole(limit)),
        None => Err(
            "a timeout is a whole number of seconds or a number with a unit, for example 5s, 1m or 0 for none"
                .to_owned(),
        ),
    }
}

/// What a negative `--timeout` stands for, as for `kubectl wait`.
const A_WEEK: Duration = Duration::from_secs(7 * 24 * 60 * 60);

/// Reads `--timeout` as `kubectl wait` does: a Go duration, zero for looking once, a negative one for a week; and whole seconds, as
/// [`parse_request_timeout`] does.
///
/// # Errors
/// A sentence for the reader where it is neither.
pub fn parse_timeout(text: &str) -> Result<Duration, String> {
    let (is_negative, rest) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text),
    };
    let limit = match rest.parse::<u64>() {
        Ok(seconds) => Some(Duration::from_secs(seconds)),
        Err(_) if is_negative && rest.starts_with('+') => None,
        Err(_) => go_duration(rest),
    };
    match limit {
        Some(limit) if is_negative && !limit.is_zero() => Ok(A_WEEK),
        Some(limit) => Ok(limit),
        None => Err(
            "a time is a whole number of seconds or a number with a unit, for example 30s or 5m; 0 looks once"
                .to_owned(),
        ),
    }
}

/// Go's `time.ParseDuration`, without negative durations.
fn go_duration(text: &str) -> Option<Duration> {
    let mut rest = text.strip_prefix('+').unwrap_or(text);
    if rest.is_empty() {
        return None;
    }
    let mut total = Duration::ZERO;
    while !rest.is_empty() {
        let number_end = rest
            .find(|c: char| !c.is_ascii_digit() && c != '.')
            .unwrap_or(rest.len());
        let (number, tail) = rest.split_at(number_end);
        let unit_end = tail
            .find(|c: char| c.is_ascii_digit() || c == '.')
            .unwrap_or(tail.len());
        let (unit, tail) = tail.split_at(unit_end);
        let nanoseconds = match unit {
            "ns" => 1.0,
            "us" | "µs" | "μs" => 1e3,
            "ms" => 1e6,
            "s" => 1e9,
            "m" => 60e9,
            "h" => 3600e9,
            _ => return None,
        };
        let number: f64 = number.parse().ok()?;
        let part = Duration::try_from_secs_f64(number * nanoseconds / 1e9).ok()?;
        total = total.checked_add(part)?;
        rest = tail;
    }
    Some(total)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_are_those_of_kubectl_wait() {
        for (text, wanted) in [
            ("30s", Some(30_000)),
            ("5m", Some(300_000)),
            ("1m30s", Some(90_000)),
            ("0", Some(0)),
            ("0s", Some(0)),
            ("-0s", Some(0)),
            ("7", Some(7_000)),
            ("-1s", Some(604_800_000)),
            ("-1", Some(604_800_000)),
            ("", None),
            ("-", None),
            ("--1s", None),
            ("-+1s", None),
            ("soon", None),
        ] {
            let read = parse_timeout(text).ok().map(|limit| limit.as_millis());
            assert_eq!(read, wanted, "{text:?}");
        }
    }

    #[test]
    fn reads_what_kubectl_reads() {
        let whole = |milliseconds| Ok(Patience::Whole(Duration::from_millis(milliseconds)));
        for (text, wanted, why) in [
            ("5s", whole(5_000), "seconds"),
            ("1m", whole(60_000), "minutes"),
            ("1m30s", whole(90_000), "several parts"),
            ("500ms", whole(500), "milliseconds"),
            ("1.5h", whole(5_400_000), "a fraction"),
            ("7", whole(7_000), "a number is of seconds"),
            ("0", Ok(Patience::Unlimited), "zero is no limit"),
            ("0s", Ok(Patience::Unlimited), "with a unit too"),
        ] {
            assert_eq!(parse_request_timeout(text), wanted, "{why}");
        }
        for (text, why) in [
            ("", "nothing"),
            ("s", "no number"),
            ("5 s", "a space"),
            ("5x", "an unknown unit"),
            ("-5s", "a negative duration"),
            ("1.2.3s", "no number either"),
            ("99999999999999999999h", "too long for anyone"),
        ] {
            assert!(parse_request_timeout(text).is_err(), "{why}: {text:?}");
        }
    }
}
