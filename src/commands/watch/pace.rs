//! How often to read while following.

use std::time::Duration;

use tokio::time::Instant;

/// Everything is read anew after this time while a pod waits for its node, and so are the profiles.
pub(super) const WHILE_WAITING: Duration = Duration::from_secs(30);
/// And after this time otherwise.
pub(super) const WHILE_QUIET: Duration = Duration::from_secs(120);
/// Where a watch is refused or broken, everything is read so often instead.
pub(super) const WITHOUT_WATCH: Duration = Duration::from_secs(5);
/// Of the time, reading everything takes one part in so many at the most.
const SHARE_OF_ALL: u32 = 20;
/// And reading single pods one part in so many.
const SHARE_OF_SOME: u32 = 4;
/// No pause is longer than this, however long reading takes.
const LONGEST_PAUSE: Duration = Duration::from_secs(600);
/// The pause after a first failure; each further one is twice as long.
const FIRST_PAUSE: Duration = Duration::from_secs(2);
/// No pause after a failure is longer.
const LONGEST_PAUSE_AFTER_FAILURE: Duration = Duration::from_secs(30);

/// When to read, so that reading never takes more than its share of the time.
pub(super) struct Pace {
    last_all: Instant,
    /// How long reading everything takes.
    takes: Duration,
    /// Single pods are not read before.
    pub(super) next_some: Instant,
    /// How many failures came one after the other.
    pub(super) failures: u32,
    is_wanted: bool,
}

impl Pace {
    pub(super) fn new(takes: Duration) -> Self {
        let now = Instant::now();
        Self {
            last_all: now,
            takes,
            next_some: now,
            failures: 0,
            is_wanted: false,
        }
    }

    pub(super) fn next_all(&self, waits: bool, is_watched: bool) -> Instant {
        let usual = match (is_watched, waits) {
            (false, _) => WITHOUT_WATCH,
            (true, true) => WHILE_WAITING,
            (true, false) => WHILE_QUIET,
        };
        let usual = match self.is_wanted {
            true => WITHOUT_WATCH,
            false => usual,
        };
        let share = (self.takes * SHARE_OF_ALL).min(LONGEST_PAUSE);
        let pause = match self.failures {
            0 => usual.max(share),
            failures => pause_after(failures),
        };
        self.last_all + pause
    }

    /// Whether the pause after a failure is over.
    pub(super) fn may_read(&self) -> bool {
        self.failures == 0 || Instant::now() >= self.last_all + pause_after(self.failures)
    }

    pub(super) fn read_all(&mut self, took: Duration) {
        self.last_all = Instant::now();
        self.takes = took;
        self.failures = 0;
        self.is_wanted = false;
        self.read_some(took);
    }

    pub(super) fn read_some(&mut self, took: Duration) {
        let pause = (took * SHARE_OF_SOME).min(LONGEST_PAUSE_AFTER_FAILURE);
        self.next_some = Instant::now() + pause;
    }

    /// Something could not be read by itself.
    pub(super) fn read_all_soon(&mut self) {
        self.is_wanted = true;
    }

    pub(super) fn failed(&mut self) {
        self.last_all = Instant::now();
        self.failures = self.failures.saturating_add(1);
    }
}

fn pause_after(failures: u32) -> Duration {
    FIRST_PAUSE
        .saturating_mul(2_u32.saturating_pow(failures.saturating_sub(1)))
        .min(LONGEST_PAUSE_AFTER_FAILURE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_after_failures_grow_and_have_an_end() {
        let seconds = |failures| pause_after(failures).as_secs();
        assert_eq!([1, 2, 3, 5, 99].map(seconds), [2, 4, 8, 30, 30]);
    }
}
