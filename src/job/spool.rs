//! All jobs that this host holds: those that wait, the one that runs, and
//! those whose result control has not acknowledged.

use super::folder::{JobFolder, Received, State};
use super::order::Order;
use crate::log;
use crate::storage::{self, record};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use wire::ping::JobResult;

/// So many reported jobs are kept for whoever looks at the host.
const KEPT: usize = 32;

/// The folder `jobs`.
pub(crate) struct Spool {
    folder: PathBuf,
    /// Jobs up to this id have been forgotten. Control hands jobs out in the
    /// order of their ids, so that an older one can only be a repetition.
    forgotten: i64,
}

/// What is known of a job that control offers.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Known {
    /// It is new.
    New,
    /// It is on disk and goes its way.
    Held,
    /// It had its end long ago.
    Forgotten,
}

impl Spool {
    /// Opens the spool of a home, making it if need be.
    ///
    /// # Errors
    /// When the disk refuses.
    pub(crate) fn open(home: &Path) -> io::Result<Self> {
        let folder = home.join("jobs");
        storage::make_private_folder(&folder)?;
        let forgotten = record::read(&folder.join("forgotten")).unwrap_or_else(|error| {
            log::warning!(
                "{}: {error}; it is begun anew",
                folder.join("forgotten").display()
            );
            None
        });
        Ok(Self {
            folder,
            forgotten: forgotten.unwrap_or(0),
        })
    }

    /// The folder of a job, whether it exists or not.
    pub(crate) fn job(&self, id: i64) -> JobFolder {
        JobFolder::new(self.folder.join(id.to_string()))
    }

    /// All jobs on disk with their states, oldest first. A folder that cannot
    /// be read is set aside with a line in the log.
    ///
    /// # Errors
    /// When the spool itself cannot be read.
    pub(crate) fn jobs(&self) -> io::Result<Vec<(i64, JobFolder, State)>> {
        let mut ids: Vec<i64> = Vec::new();
        for entry in fs::read_dir(&self.folder)? {
            ids.extend(
                entry?
                    .file_name()
                    .to_str()
                    .and_then(|name| name.parse::<i64>().ok()),
            );
        }
        ids.sort_unstable();
        Ok(ids.into_iter().filter_map(|id| self.inspect(id)).collect())
    }

    fn inspect(&self, id: i64) -> Option<(i64, JobFolder, State)> {
        let folder = self.job(id);
        match usable_state(&folder) {
            Ok(state) => Some((id, folder, state)),
            Err(why) => {
                self.set_aside(&folder, &why);
                None
            }
        }
    }

    /// Moves a folder that cannot be used out of the way, for whoever looks.
    pub(crate) fn set_aside(&self, folder: &JobFolder, why: &str) {
        let name = folder.path().file_name().unwrap_or_default().to_os_string();
        let mut aside = std::ffi::OsString::from("damaged-");
        aside.push(name);
        let aside = self.folder.join(aside);
        log::error!(
            "{}: {why}; set aside as {}",
            folder.path().display(),
            aside.display()
        );
        let _ = fs::remove_dir_all(&aside);
        if let Err(error) = fs::rename(folder.path(), &aside) {
            log::error!("cannot set {} aside: {error}", folder.path().display());
        }
    }

    /// What is known of a job.
    pub(crate) fn known(&self, id: i64) -> Known {
        match () {
            () if self.job(id).path().is_dir() => Known::Held,
            () if id <= self.forgotten => Known::Forgotten,
            () => Known::New,
        }
    }

    /// Takes a job: when this returns it survives a power cut.
    ///
    /// # Errors
    /// When the disk refuses; the job is then not taken.
    pub(crate) fn receive(&self, order: &Order, received: &Received) -> io::Result<()> {
        let folder = self.job(received.job_id);
        let done = folder.receive(order, received);
        self.undo_if_failed(&folder, done)
    }

    /// Notes a job that will not be run, with the result that says why.
    ///
    /// # Errors
    /// When the disk refuses.
    pub(crate) fn refuse(&self, received: &Received, result: &JobResult) -> io::Result<()> {
        let folder = self.job(received.job_id);
        let done = folder.refuse(received, result);
        self.undo_if_failed(&folder, done)
    }

    fn undo_if_failed(&self, folder: &JobFolder, done: io::Result<()>) -> io::Result<()> {
        if done.is_err() {
            // A half-made folder would count as held.
            let _ = fs::remove_dir_all(folder.path());
        }
        done
    }

    /// Forgets the oldest of the reported jobs beyond those that are kept.
    ///
    /// # Errors
    /// When the disk refuses.
    pub(crate) fn prune(&mut self) -> io::Result<()> {
        let jobs = self.jobs()?.into_iter();
        let reported: Vec<_> = jobs
            .filter(|(_, _, state)| *state == State::Reported)
            .collect();
        let excess = reported.len().saturating_sub(KEPT);
        for (id, folder, _) in reported.into_iter().take(excess) {
            self.forgotten = self.forgotten.max(id);
            record::write(&self.folder.join("forgotten"), &self.forgotten)?;
            folder.remove()?;
        }
        Ok(())
    }
}

/// A job that was begun is never set aside, whatever became of its records: it
/// would be offered again and run twice.
fn usable_state(folder: &JobFolder) -> Result<State, String> {
    let state = folder.state().map_err(|error| error.to_string())?;
    if state != State::Received {
        return Ok(state);
    }
    match folder.received() {
        Ok(Some(_)) => Ok(state),
        Ok(None) => Err("it was never received completely".to_owned()),
        Err(error) => Err(error.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::job::folder::Started;
    use crate::job::report;
    use wire::ping::Status;

    fn received(job_id: i64) -> Received {
        Received {
            job_id,
            package: "r.io/lib/a:b".into(),
            function: "f".into(),
            at: 1,
        }
    }

    fn order(job_id: i64) -> Order {
        Order {
            job_id,
            art: "/bin/true".into(),
            package: "r.io/lib/a:b".into(),
            function: "f".into(),
            environment: vec![],
            timeout: 1,
            max_output: 1,
            detach: false,
        }
    }

    fn states(spool: &Spool) -> Vec<(i64, State)> {
        spool
            .jobs()
            .unwrap()
            .into_iter()
            .map(|(id, _, state)| (id, state))
            .collect()
    }

    #[test]
    fn a_job_goes_through_its_states() {
        let home = tempfile::tempdir().unwrap();
        let spool = Spool::open(home.path()).unwrap();
        assert_eq!(spool.known(5), Known::New);
        spool.receive(&order(5), &received(5)).unwrap();
        assert_eq!(
            (spool.known(5), states(&spool)),
            (Known::Held, vec![(5, State::Received)])
        );
        let job = spool.job(5);
        let lock = job.try_lock().unwrap().unwrap();
        job.mark_started(&Started {
            at: 1,
            boot: "b".into(),
        })
        .unwrap();
        assert_eq!(states(&spool), [(5, State::Running)]);
        drop(lock);
        assert_eq!(states(&spool), [(5, State::Interrupted)]);
        job.finish(&report::without_run(5, Status::Interrupted, "x".into(), 1))
            .unwrap();
        assert_eq!(states(&spool), [(5, State::Ended)]);
        job.mark_reported().unwrap();
        assert_eq!(states(&spool), [(5, State::Reported)]);
        job.mark_unreported().unwrap();
        assert_eq!(states(&spool), [(5, State::Ended)]);
    }

    #[test]
    fn damage_is_set_aside_and_the_rest_goes_on() {
        let home = tempfile::tempdir().unwrap();
        let spool = Spool::open(home.path()).unwrap();
        spool.receive(&order(1), &received(1)).unwrap();
        spool.receive(&order(2), &received(2)).unwrap();
        fs::write(spool.job(1).path().join("received"), "torn").unwrap();
        fs::create_dir(spool.job(3).path()).unwrap();
        assert_eq!(states(&spool), [(2, State::Received)]);
        assert!(home.path().join("jobs/damaged-1").is_dir());
    }

    #[test]
    fn a_job_that_was_begun_is_never_taken_for_new() {
        let home = tempfile::tempdir().unwrap();
        let spool = Spool::open(home.path()).unwrap();
        spool.receive(&order(1), &received(1)).unwrap();
        spool
            .job(1)
            .mark_started(&Started {
                at: 1,
                boot: "b".into(),
            })
            .unwrap();
        fs::write(spool.job(1).path().join("received"), "torn").unwrap();
        assert_eq!(states(&spool), [(1, State::Interrupted)]);
        assert_eq!(spool.known(1), Known::Held);
    }

    #[test]
    fn old_jobs_are_forgotten_but_never_taken_for_new() {
        let home = tempfile::tempdir().unwrap();
        let mut spool = Spool::open(home.path()).unwrap();
        for id in 1..=34 {
            spool
                .refuse(
                    &received(id),
                    &report::without_run(id, Status::Refused, "x".into(), 1),
                )
                .unwrap();
            spool.job(id).mark_reported().unwrap();
        }
        spool.prune().unwrap();
        assert_eq!(states(&spool).len(), KEPT);
        let spool = Spool::open(home.path()).unwrap();
        assert_eq!(
            [spool.known(2), spool.known(3), spool.known(35)],
            [Known::Forgotten, Known::Held, Known::New]
        );
    }
}
