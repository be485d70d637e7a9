//! Where the runner is, as it says itself.
//!
//! It says so into a pipe, not a file: a function runs as the same user and could write over a
//! file what gives it more time, but not take back what was reported. Once the function runs, the
//! pipe is not read any more.

use crate::spool::folder::JobFolder;
use crate::sys::pipe;
use std::fs::{self, File};
use std::io::{self, Read};
use std::os::fd::{AsFd, BorrowedFd};
use std::path::PathBuf;
use wire::ping::Phase;

const IN_ORDER: [Phase; 4] = [Phase::Pull, Phase::Verify, Phase::Unpack, Phase::Run];

/// The phases of one run.
pub(super) struct Phases {
    pipe: Option<File>,
    pipe_path: PathBuf,
    /// For the agent, which reports it to control.
    file: PathBuf,
    latest: Option<Phase>,
}

impl Phases {
    /// Makes the pipe, before the runner is started.
    ///
    /// # Errors
    /// When the disk refuses.
    pub(super) fn listen(folder: &JobFolder) -> io::Result<Self> {
        let pipe_path = folder.phase_pipe();
        Ok(Self {
            pipe: Some(pipe::named(&pipe_path)?),
            pipe_path,
            file: folder.phase_file(),
            latest: None,
        })
    }

    /// What to poll, until the function runs.
    pub(super) fn as_fd(&self) -> Option<BorrowedFd<'_>> {
        self.pipe.as_ref().map(AsFd::as_fd)
    }

    /// The phase that began last.
    pub(super) fn latest(&self) -> Option<Phase> {
        self.latest
    }

    /// Reads the pipe; returns the phases that have begun since.
    pub(super) fn advance(&mut self) -> Vec<Phase> {
        let mut reported = [0; 256];
        let Some(Ok(length)) = self.pipe.as_mut().map(|pipe| pipe.read(&mut reported)) else {
            return vec![];
        };
        let reported = String::from_utf8_lossy(&reported[..length]);
        reported
            .lines()
            .filter_map(|line| self.enter(line))
            .collect()
    }

    /// Phases only follow one another; each begins once.
    fn enter(&mut self, name: &str) -> Option<Phase> {
        let before = self.latest.and_then(place);
        let phase = IN_ORDER.into_iter().find(|phase| phase.name() == name)?;
        if place(phase) <= before {
            return None;
        }
        self.latest = Some(phase);
        if phase == Phase::Run {
            self.pipe = None;
            let _ = fs::remove_file(&self.pipe_path);
        }
        // A full disk costs this note, not the job.
        let _ = fs::write(&self.file, name);
        Some(phase)
    }
}

fn place(phase: Phase) -> Option<usize> {
    IN_ORDER.iter().position(|other| *other == phase)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_phase_cannot_be_taken_back() {
        let home = tempfile::tempdir().unwrap();
        let folder = JobFolder::new(home.path().to_path_buf());
        let mut phases = Phases::listen(&folder).unwrap();
        let say = |text: &str| fs::write(folder.phase_pipe(), text);
        assert_eq!(phases.advance(), []);
        say("pull\n").unwrap();
        assert_eq!(phases.advance(), [Phase::Pull]);
        say("verify\n").unwrap();
        say("nonsense\n").unwrap();
        say("pull\n").unwrap();
        say("run\n").unwrap();
        say("pull\n").unwrap();
        assert_eq!(phases.advance(), [Phase::Verify, Phase::Run]);
        say("pull\n").unwrap();
        assert_eq!(
            (phases.advance(), phases.latest()),
            (vec![], Some(Phase::Run))
        );
        assert!(phases.as_fd().is_none(), "the pipe is not read any more");
    }
}
