//! The recent output of running jobs, and which jobs clients follow.
//!
//! It is kept in memory only, and bounded. Once a job has ended, its result has the output;
//! after a restart, hosts send what they print from then on.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use wire::HostId;
use wire::ping::{Phase, Progress};

/// The most bytes of output that are kept per job.
const MOST_BYTES: usize = 64 << 10;

/// The most jobs whose output is kept. Beyond that, the job that was silent longest is
/// dropped.
const MOST_JOBS: usize = 1024;

/// How long a client that asked for output counts as following the job.
const FOLLOWED_FOR: Duration = Duration::from_secs(10);

/// The newest output of a job.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Output {
    /// How many bytes the job printed before `text`.
    pub(crate) at: u64,
    /// The output from there on.
    pub(crate) text: String,
    /// The phase of the job.
    pub(crate) phase: Option<Phase>,
    /// When the host last reported progress, in unix seconds.
    pub(crate) reported: u64,
}

impl Output {
    fn end(&self) -> u64 {
        self.at.saturating_add(self.text.len() as u64)
    }

    /// Adds progress that the host reported at `now`. After a gap, only the new part is kept.
    fn add(&mut self, progress: &Progress, now: u64) {
        (self.phase, self.reported) = (progress.phase, now);
        let (old_end, at) = (self.end(), progress.at);
        if at > old_end {
            (self.at, self.text) = (at, progress.text.clone());
        } else {
            self.text.push_str(after(&progress.text, old_end - at));
        }
        let excess = self.text.len().saturating_sub(MOST_BYTES);
        let excess = self.text.ceil_char_boundary(excess);
        self.text.drain(..excess);
        self.at = self.at.saturating_add(excess as u64);
    }

    /// The output after the first `from` bytes, as far as it is still kept.
    fn since(&self, from: u64) -> Self {
        let text = after(&self.text, from.saturating_sub(self.at)).to_owned();
        Self {
            at: self.end() - text.len() as u64,
            text,
            ..self.clone()
        }
    }
}

/// A text without its first bytes.
fn after(text: &str, bytes: u64) -> &str {
    let bytes = usize::try_from(bytes).unwrap_or(usize::MAX);
    &text[text.ceil_char_boundary(bytes.min(text.len()))..]
}

#[derive(Default)]
struct Entry {
    output: Output,
    /// Until when the job counts as followed.
    followed: Option<Instant>,
    /// When the entry was last used.
    touched: Option<Instant>,
}

/// The output of all running jobs.
#[derive(Default)]
pub(crate) struct LiveOutput {
    jobs: Mutex<BTreeMap<(HostId, i64), Entry>>,
}

impl LiveOutput {
    /// Adds progress that a host reported of one of its running jobs; `unix` is in seconds.
    pub(crate) fn add(&self, host: HostId, progress: &Progress, now: Instant, unix: u64) {
        self.with(host, progress.job_id, now, |entry| {
            entry.output.add(progress, unix);
        });
    }

    /// The output of a job after its first `from` bytes, if the host reported any progress.
    pub(crate) fn since(&self, host: HostId, job: i64, from: u64) -> Option<Output> {
        let jobs = self.lock();
        let output = &jobs.get(&(host, job))?.output;
        (output.reported > 0).then(|| output.since(from))
    }

    /// Notes that a client follows a running job. Returns whether none did before, so that the
    /// host has to learn it.
    pub(crate) fn follow(&self, host: HostId, job: i64, now: Instant) -> bool {
        self.with(host, job, now, |entry| {
            let was_followed = is_after(entry.followed, now);
            entry.followed = Some(now + FOLLOWED_FOR);
            !was_followed
        })
    }

    /// The jobs of a host that clients follow.
    pub(crate) fn followed(&self, host: HostId, now: Instant) -> Vec<i64> {
        let jobs = self.lock();
        let of_host = jobs.range((host, i64::MIN)..=(host, i64::MAX));
        let followed = of_host.filter(|(_, entry)| is_after(entry.followed, now));
        followed.map(|((_, job), _)| *job).collect()
    }

    /// Drops the output of a job that has ended.
    pub(crate) fn end(&self, host: HostId, job: i64) {
        self.lock().remove(&(host, job));
    }

    /// Drops the output of all jobs of a host that was removed.
    pub(crate) fn forget(&self, host: HostId) {
        self.lock().retain(|(of, _), _| *of != host);
    }

    fn with<T>(
        &self,
        host: HostId,
        job: i64,
        now: Instant,
        change: impl FnOnce(&mut Entry) -> T,
    ) -> T {
        let mut jobs = self.lock();
        if jobs.len() >= MOST_JOBS && !jobs.contains_key(&(host, job)) {
            let silent = jobs.iter().min_by_key(|(_, entry)| entry.touched);
            let silent = silent.map(|(key, _)| *key);
            silent.and_then(|key| jobs.remove(&key));
        }
        let entry = jobs.entry((host, job)).or_default();
        entry.touched = Some(now);
        change(entry)
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<(HostId, i64), Entry>> {
        // An incomplete change would garble the output, which is harmless.
        self.jobs.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn is_after(time: Option<Instant>, now: Instant) -> bool {
    time.is_some_and(|time| time > now)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn host() -> HostId {
        HostId::derive("m", "", b"")
    }

    fn progress(job_id: i64, at: u64, text: &str) -> Progress {
        Progress {
            job_id,
            phase: Some(Phase::Run),
            at,
            text: text.into(),
        }
    }

    /// What is kept of these parts.
    fn kept(parts: &[(u64, &str)]) -> (u64, String) {
        let mut output = Output::default();
        for (at, text) in parts {
            output.add(&progress(5, *at, text), 1);
        }
        (output.at, output.text)
    }

    #[test]
    fn parts_are_joined_without_repeating_anything() {
        assert_eq!(kept(&[(0, "abc"), (3, "def")]), (0, "abcdef".into()));
        assert_eq!(kept(&[(0, "abc"), (1, "bcd")]), (0, "abcd".into()));
        assert_eq!(kept(&[(0, "abcdef"), (0, "abc")]), (0, "abcdef".into()));
        assert_eq!(kept(&[(0, "abc"), (9, "def")]), (9, "def".into()), "a gap");
        let far = kept(&[(0, "abc"), (u64::MAX, "def")]);
        assert_eq!(far, (u64::MAX, "def".into()), "no overflow");
    }

    #[test]
    fn the_newest_is_kept_in_whole_characters() {
        let (at, text) = kept(&[(0, "é"), (2, &"x".repeat(MOST_BYTES - 1))]);
        assert_eq!((at, text.len()), (2, MOST_BYTES - 1));
    }

    #[test]
    fn a_follower_gets_only_new_output() {
        let (live, now) = (LiveOutput::default(), Instant::now());
        assert_eq!(live.since(host(), 5, 0), None);
        live.add(host(), &progress(5, 10, "abc"), now, 1);
        let since = |from: u64| {
            let output = live.since(host(), 5, from).unwrap();
            (output.at, output.text)
        };
        assert_eq!(since(0), (10, "abc".into()));
        assert_eq!(since(12), (12, "c".into()));
        assert_eq!(since(99), (13, String::new()));
        live.end(host(), 5);
        assert_eq!(live.since(host(), 5, 0), None);
    }

    #[test]
    fn a_job_is_followed_while_clients_ask_for_its_output() {
        let (live, now) = (LiveOutput::default(), Instant::now());
        assert!(live.follow(host(), 5, now));
        assert!(!live.follow(host(), 5, now + Duration::from_secs(9)));
        assert_eq!(live.followed(host(), now + Duration::from_secs(15)), [5]);
        assert!(
            live.followed(host(), now + Duration::from_secs(19))
                .is_empty()
        );
        let other = HostId::derive("other", "", b"");
        assert!(live.followed(other, now).is_empty());
        live.forget(host());
        assert!(live.followed(host(), now).is_empty());
    }

    #[test]
    fn beyond_the_limit_the_job_that_was_silent_longest_is_dropped() {
        let (live, begin) = (LiveOutput::default(), Instant::now());
        for job in 0..=MOST_JOBS as i64 {
            let now = begin + Duration::from_secs(job.unsigned_abs());
            live.add(host(), &progress(job, 0, "x"), now, 1);
        }
        assert_eq!(live.since(host(), 0, 0), None);
        assert!(live.since(host(), 1, 0).is_some());
    }
}
