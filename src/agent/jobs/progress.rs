//! What a ping reports of the running job.

use crate::log;
use crate::spool::folder::JobFolder;
use wire::limits::MOST_PROGRESS;
use wire::ping::{Phase, Progress};

/// How much of a job's output control has, and the phase that it knows of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct OutputCursor {
    job: i64,
    phase: Option<Phase>,
    bytes: u64,
}

impl OutputCursor {
    /// The output and phase that are newer than the cursor; `None` if there are none.
    pub(super) fn output_since(self, id: i64, folder: &JobFolder) -> Option<Progress> {
        let cursor = if self.job == id {
            self
        } else {
            Self::default()
        };
        let excerpt = folder.output().since(cursor.bytes, MOST_PROGRESS as u64);
        let excerpt = excerpt
            .inspect_err(|error| log::debug!("job {id}: cannot read its output: {error}"))
            .ok()?;
        let phase = folder.phase();
        let is_new = !excerpt.text.is_empty() || phase != cursor.phase;
        is_new.then_some(Progress {
            job_id: id,
            phase,
            at: excerpt.at,
            text: excerpt.text,
        })
    }
}

impl From<&Progress> for OutputCursor {
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
    fn what_was_acknowledged_is_not_sent_again() {
        let home = tempfile::tempdir().unwrap();
        let folder = JobFolder::new(home.path().to_path_buf());
        let mut cursor = OutputCursor::default();
        assert_eq!(cursor.output_since(5, &folder), None);
        let mut sent = || {
            let progress = cursor.output_since(5, &folder)?;
            cursor = OutputCursor::from(&progress);
            Some((progress.phase, progress.at, progress.text))
        };
        fs::write(folder.phase_file(), "pull\n").unwrap();
        assert_eq!(sent(), Some((Some(Phase::Pull), 0, String::new())));
        fs::write(folder.phase_file(), "run\n").unwrap();
        fs::write(home.path().join("output"), "begun").unwrap();
        assert_eq!(sent(), Some((Some(Phase::Run), 0, "begun".into())));
        assert_eq!(sent(), None);
        fs::write(home.path().join("output"), "begun, on").unwrap();
        assert_eq!(sent(), Some((Some(Phase::Run), 5, ", on".into())));
        let other = cursor.output_since(6, &folder).unwrap();
        assert_eq!((other.at, other.text.as_str()), (0, "begun, on"));
    }

    #[test]
    fn of_much_output_the_newest_is_sent() {
        let home = tempfile::tempdir().unwrap();
        let folder = JobFolder::new(home.path().to_path_buf());
        fs::write(home.path().join("output"), "x".repeat(20_000) + "end").unwrap();
        let progress = OutputCursor::default().output_since(5, &folder).unwrap();
        assert_eq!(
            (progress.text.len() as u64, progress.end()),
            (MOST_PROGRESS as u64, 20_003)
        );
        assert!(progress.text.ends_with("end"));
    }
}
