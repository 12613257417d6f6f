//! How long something lasted, and when it was, in kubectl's manner.

use jiff::tz::TimeZone;
use jiff::{Timestamp, Zoned};

/// Returns the time from `start` to `end` as `kubectl get` writes ages: `41m`, `3d2h`, `2y19d`. `<invalid>` where the end
/// lies more than a second before the start.
///
/// Source: k8s.io/apimachinery, `duration.HumanDuration`.
pub fn between(start: Timestamp, end: Timestamp) -> String {
    human_duration(end.as_second() - start.as_second())
}

/// Returns a number of seconds as `kubectl get` writes ages.
///
/// Source: k8s.io/apimachinery, `duration.HumanDuration`.
pub fn human_duration(seconds: i64) -> String {
    let (minutes, hours) = (seconds / 60, seconds / 3_600);
    let (days, years) = (hours / 24, hours / 24 / 365);
    match () {
        () if seconds < -1 => "<invalid>".to_owned(),
        () if seconds < 0 => "0s".to_owned(),
        () if seconds < 120 => format!("{seconds}s"),
        () if minutes < 10 => two_units(minutes, 'm', seconds % 60, 's'),
        () if minutes < 180 => format!("{minutes}m"),
        () if hours < 8 => two_units(hours, 'h', minutes % 60, 'm'),
        () if hours < 48 => format!("{hours}h"),
        () if hours < 192 => two_units(days, 'd', hours % 24, 'h'),
        () if years < 2 => format!("{days}d"),
        () if years < 8 => two_units(years, 'y', days % 365, 'd'),
        () => format!("{years}y"),
    }
}

fn two_units(large: i64, large_unit: char, small: i64, small_unit: char) -> String {
    if small == 0 {
        format!("{large}{large_unit}")
    } else {
        format!("{large}{large_unit}{small}{small_unit}")
    }
}

/// Returns moments as people write them, in UTC: `17 Nov 09:12`, with seconds where two would look the same, and with the
/// year where one is not in the year of `now`.
pub fn dates(moments: &[Timestamp], now: Timestamp) -> Vec<String> {
    let zoned: Vec<Zoned> = moments.iter().map(|moment| utc(*moment)).collect();
    let year = utc(now).year();
    let with_year = zoned.iter().any(|moment| moment.year() != year);
    let write = |with_seconds: bool| -> Vec<String> {
        let day = if with_year { "%d %b %Y" } else { "%d %b" };
        let time = if with_seconds { "%H:%M:%S" } else { "%H:%M" };
        zoned
            .iter()
            .map(|moment| moment.strftime(&format!("{day} {time}")).to_string())
            .collect()
    };
    let short = write(false);
    let same = moments
        .windows(2)
        .zip(short.windows(2))
        .any(|(times, texts)| times[0] != times[1] && texts[0] == texts[1]);
    if same { write(true) } else { short }
}

fn utc(moment: Timestamp) -> Zoned {
    moment.to_zoned(TimeZone::UTC)
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::{between, dates, human_duration};

    #[test]
    fn ages_are_kubectls() {
        const MINUTE: i64 = 60;
        const HOUR: i64 = 60 * MINUTE;
        const DAY: i64 = 24 * HOUR;
        const YEAR: i64 = 365 * DAY;
        let rows = [
            (-2, "<invalid>"),
            (-1, "0s"),
            (0, "0s"),
            (119, "119s"),
            (2 * MINUTE, "2m"),
            (2 * MINUTE + 1, "2m1s"),
            (10 * MINUTE + 59, "10m"),
            (179 * MINUTE, "179m"),
            (3 * HOUR, "3h"),
            (3 * HOUR + 5 * MINUTE, "3h5m"),
            (8 * HOUR + 59 * MINUTE, "8h"),
            (47 * HOUR, "47h"),
            (2 * DAY, "2d"),
            (3 * DAY + 2 * HOUR, "3d2h"),
            (8 * DAY + HOUR, "8d"),
            (2 * YEAR - 1, "729d"),
            (2 * YEAR, "2y"),
            (2 * YEAR + 19 * DAY, "2y19d"),
            (9 * YEAR + 19 * DAY, "9y"),
        ];
        for (seconds, expected) in rows {
            assert_eq!(human_duration(seconds), expected, "{seconds} s");
        }
    }

    #[test]
    fn dates_say_no_more_than_needed() {
        let at = |text: &str| text.parse::<Timestamp>().expect("a time");
        let (pod, profile, now) = (
            at("2026-11-17T09:12:00Z"),
            at("2026-11-19T22:40:09Z"),
            at("2026-11-20T12:00:00Z"),
        );
        assert_eq!(
            dates(&[pod, profile], now),
            ["17 Nov 09:12", "19 Nov 22:40"]
        );
        let second_later = at("2026-11-19T22:40:10Z");
        assert_eq!(
            dates(&[profile, second_later], now),
            ["19 Nov 22:40:09", "19 Nov 22:40:10"]
        );
        let last_year = at("2025-02-01T00:00:00Z");
        assert_eq!(
            dates(&[last_year, pod], now),
            ["01 Feb 2025 00:00", "17 Nov 2026 09:12"]
        );
        assert_eq!(between(pod, profile), "2d13h");
    }
}
