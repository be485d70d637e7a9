//! What control is told of the job that runs.

use crate::log;
use crate::spool::folder::JobFolder;
use wire::limits::MOST_PROGRESS;
use wire::ping::{Phase, Progress};

/// How much of a job's progress control knows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Known {
    job: i64,
    phase: Option<Phase>,
    bytes: u64,
}

impl Known {
    /// What is new since; `None` when nothing is.
    pub(super) fn news(self, id: i64, folder: &JobFolder) -> Option<Progress> {
        let known = if self.job == id {
            self
        } else {
            Self::default()
        };
        let excerpt = folder.printed().since(known.bytes, MOST_PROGRESS as u64);
        let excerpt = excerpt
            .inspect_err(|error| log::debug!("job {id}: cannot read its output: {error}"))
            .ok()?;
        let phase = folder.phase();
        let is_new = !excerpt.text.is_empty() || phase != known.phase;
        is_new.then_some(Progress {
            job_id: id,
            phase,
            at: excerpt.at,
            text: excerpt.text,
        })
    }
}

impl From<&Progress> for Known {
    fn from(progress: &Progress) -> Self {
        Self {
            job: progress.job_id,
            phase: progress.phase,
            bytes: progress.end(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    #[test]
    fn what_is_known_is_not_told_again() {
        let home = tempfile::tempdir().unwrap();
        let folder = JobFolder::new(home.path().to_path_buf());
        let mut known = Known::default();
        assert_eq!(known.news(5, &folder), None);
        let mut told = || {
            let news = known.news(5, &folder)?;
            known = Known::from(&news);
            Some((news.phase, news.at, news.text))
        };
        fs::write(folder.phase_file(), "pull\n").unwrap();
        assert_eq!(told(), Some((Some(Phase::Pull), 0, String::new())));
        fs::write(folder.phase_file(), "run\n").unwrap();
        fs::write(home.path().join("output"), "begun").unwrap();
        assert_eq!(told(), Some((Some(Phase::Run), 0, "begun".into())));
        assert_eq!(told(), None);
        fs::write(home.path().join("output"), "begun, on").unwrap();
        assert_eq!(told(), Some((Some(Phase::Run), 5, ", on".into())));
        let other = known.news(6, &folder).unwrap();
        assert_eq!((other.at, other.text.as_str()), (0, "begun, on"));
    }

    #[test]
    fn of_much_the_newest_is_told() {
        let home = tempfile::tempdir().unwrap();
        let folder = JobFolder::new(home.path().to_path_buf());
        fs::write(home.path().join("output"), "x".repeat(20_000) + "end").unwrap();
        let news = Known::default().news(5, &folder).unwrap();
        assert_eq!(
            (news.text.len() as u64, news.end()),
            (MOST_PROGRESS as u64, 20_003)
        );
        assert!(news.text.ends_with("end"));
    }
}
