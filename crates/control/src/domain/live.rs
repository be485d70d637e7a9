//! What running jobs have printed lately, and who waits for more of it.
//!
//! In memory alone, and bounded: once a job has ended, its result says more, and
//! what a restart loses comes again as far as it is new.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use wire::HostId;
use wire::ping::{Phase, Progress};

/// Most bytes that are kept of a job.
const MOST_BYTES: usize = 64 << 10;

/// Of so many jobs something is kept; of more, the one that was silent longest
/// is dropped.
const MOST_JOBS: usize = 1024;

/// For how long somebody who asked is taken to wait for more.
const PATIENCE: Duration = Duration::from_secs(10);

/// The newest output of a job.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Output {
    /// How many bytes the job printed before `text`.
    pub(crate) at: u64,
    /// What it printed from there on.
    pub(crate) text: String,
    /// Where the runner is.
    pub(crate) phase: Option<Phase>,
    /// When the host last told, in unix seconds.
    pub(crate) told: u64,
}

impl Output {
    fn end(&self) -> u64 {
        self.at.saturating_add(self.text.len() as u64)
    }

    /// Takes in what the host told at `now`. After a gap only what is new is
    /// kept.
    fn take_in(&mut self, progress: &Progress, now: u64) {
        (self.phase, self.told) = (progress.phase, now);
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

    /// What came after the first `from` bytes, as far as it is still there.
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
    /// Until when somebody waits for more.
    followed: Option<Instant>,
    /// When anything was last heard of it.
    touched: Option<Instant>,
}

/// All running jobs of which something is known.
#[derive(Default)]
pub(crate) struct Live {
    jobs: Mutex<BTreeMap<(HostId, i64), Entry>>,
}

impl Live {
    /// Takes in what a host told of a job of its that has not ended; `unix` is
    /// in seconds.
    pub(crate) fn take_in(&self, host: HostId, progress: &Progress, now: Instant, unix: u64) {
        self.with(host, progress.job_id, now, |entry| {
            entry.output.take_in(progress, unix);
        });
    }

    /// What a job printed after its first `from` bytes, if it told anything.
    pub(crate) fn since(&self, host: HostId, job: i64, from: u64) -> Option<Output> {
        let jobs = self.lock();
        let output = &jobs.get(&(host, job))?.output;
        (output.told > 0).then(|| output.since(from))
    }

    /// Notes that somebody waits for the output of a job that has not ended.
    /// Returns whether nobody did before: its host does not know yet.
    pub(crate) fn follow(&self, host: HostId, job: i64, now: Instant) -> bool {
        self.with(host, job, now, |entry| {
            let was_followed = is_after(entry.followed, now);
            entry.followed = Some(now + PATIENCE);
            !was_followed
        })
    }

    /// The jobs of a host for whose output somebody waits.
    pub(crate) fn followed(&self, host: HostId, now: Instant) -> Vec<i64> {
        let jobs = self.lock();
        let of_host = jobs.range((host, i64::MIN)..=(host, i64::MAX));
        let followed = of_host.filter(|(_, entry)| is_after(entry.followed, now));
        followed.map(|((_, job), _)| *job).collect()
    }

    /// A job has ended.
    pub(crate) fn end(&self, host: HostId, job: i64) {
        self.lock().remove(&(host, job));
    }

    /// A host was removed, and its jobs with it.
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
        // Half a change would show as a strange output, and no more than that.
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

    /// What is kept after these parts came.
    fn kept(parts: &[(u64, &str)]) -> (u64, String) {
        let mut output = Output::default();
        for (at, text) in parts {
            output.take_in(&progress(5, *at, text), 1);
        }
        (output.at, output.text)
    }

    #[test]
    fn parts_are_joined_and_nothing_is_there_twice() {
        assert_eq!(kept(&[(0, "abc"), (3, "def")]), (0, "abcdef".into()));
        assert_eq!(kept(&[(0, "abc"), (1, "bcd")]), (0, "abcd".into()));
        assert_eq!(kept(&[(0, "abcdef"), (0, "abc")]), (0, "abcdef".into()));
        assert_eq!(kept(&[(0, "abc"), (9, "def")]), (9, "def".into()), "a gap");
        let far = kept(&[(0, "abc"), (u64::MAX, "def")]);
        assert_eq!(far, (u64::MAX, "def".into()), "nonsense does no harm");
    }

    #[test]
    fn the_newest_is_kept_in_whole_characters() {
        let (at, text) = kept(&[(0, "é"), (2, &"x".repeat(MOST_BYTES - 1))]);
        assert_eq!((at, text.len()), (2, MOST_BYTES - 1));
    }

    #[test]
    fn who_follows_gets_what_is_new() {
        let (live, now) = (Live::default(), Instant::now());
        assert_eq!(live.since(host(), 5, 0), None);
        live.take_in(host(), &progress(5, 10, "abc"), now, 1);
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
    fn a_job_is_followed_for_as_long_as_somebody_asks() {
        let (live, now) = (Live::default(), Instant::now());
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
    fn of_too_many_jobs_the_most_silent_is_dropped() {
        let (live, begin) = (Live::default(), Instant::now());
        for job in 0..=MOST_JOBS as i64 {
            let now = begin + Duration::from_secs(job.unsigned_abs());
            live.take_in(host(), &progress(job, 0, "x"), now, 1);
        }
        assert_eq!(live.since(host(), 0, 0), None);
        assert!(live.since(host(), 1, 0).is_some());
    }
}
