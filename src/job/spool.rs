//! All jobs that this host holds: those that wait, the one that runs, and
//! those whose result control has not acknowledged.

use super::folder::{JobFolder, Received, State};
use super::order::Order;
use super::remembered::Remembered;
use crate::log;
use crate::storage;
use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use wire::ping::JobResult;

/// So many reported jobs are kept for whoever looks at the host.
const KEPT: usize = 32;

/// The folder `jobs`.
pub(crate) struct Spool {
    folder: PathBuf,
    remembered: Remembered,
    /// Why what cannot be removed cannot, as it was logged last.
    stuck: BTreeMap<PathBuf, String>,
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
        let remembered = Remembered::load(&folder, &ids_in(&folder)?)?;
        Ok(Self {
            folder,
            remembered,
            stuck: BTreeMap::new(),
        })
    }

    /// The folder of a job, whether it exists or not.
    pub(crate) fn job(&self, id: i64) -> JobFolder {
        JobFolder::new(self.folder.join(id.to_string()))
    }

    /// The jobs of a home, oldest first, as far as is noted; looks without
    /// changing anything.
    ///
    /// # Errors
    /// When the folder is there and cannot be read.
    pub(crate) fn noted(home: &Path) -> io::Result<Vec<(i64, JobFolder, State)>> {
        let folder = home.join("jobs");
        let ids = if fs::exists(&folder)? {
            ids_in(&folder)?
        } else {
            vec![]
        };
        let jobs = ids.into_iter().map(|id| {
            let job = JobFolder::new(folder.join(id.to_string()));
            let state = job.noted_state()?;
            Ok((id, job, state))
        });
        jobs.collect()
    }

    /// All jobs on disk with their states, oldest first. A job whose state
    /// cannot be found out is taken for one that runs.
    ///
    /// # Errors
    /// When the spool itself cannot be read.
    pub(crate) fn jobs(&self) -> io::Result<Vec<(i64, JobFolder, State)>> {
        let jobs = ids_in(&self.folder)?.into_iter().map(|id| {
            let folder = self.job(id);
            let state = folder.state().unwrap_or_else(|error| {
                log::error!("{}: {error}", folder.path().display());
                State::Running
            });
            (id, folder, state)
        });
        Ok(jobs.collect())
    }

    /// Removes what a crash left of a job that was never received completely,
    /// which control was not told of and offers again, and of one that was being
    /// removed. All that was received has to come to an end, whatever became of
    /// its records.
    ///
    /// # Errors
    /// When the spool cannot be read.
    pub(crate) fn clear_away_fragments(&mut self) -> io::Result<()> {
        self.clear_away_gone()?;
        for (id, folder, state) in self.jobs()? {
            if state == State::Received && matches!(folder.received(), Ok(None)) {
                log::warning!("job {id} was not received completely; it is cleared away");
                self.note_removal(folder.path(), folder.remove());
            }
        }
        Ok(())
    }

    /// Goes on removing what was being removed.
    fn clear_away_gone(&mut self) -> io::Result<()> {
        for entry in fs::read_dir(&self.folder)? {
            let path = entry?.path();
            if let Some(done) = JobFolder::go_on_removing(&path) {
                self.note_removal(&path.with_extension(""), done);
            }
        }
        Ok(())
    }

    /// A removal that fails is tried again, and complained of once.
    fn note_removal(&mut self, folder: &Path, done: io::Result<()>) {
        match done {
            Err(error) if self.is_news(folder, &error) => {
                log::error!("cannot clear {} away: {error}", folder.display());
            }
            Err(_) => {}
            Ok(()) => drop(self.stuck.remove(folder)),
        }
    }

    fn is_news(&mut self, folder: &Path, error: &io::Error) -> bool {
        let why = error.to_string();
        self.stuck.insert(folder.to_owned(), why.clone()) != Some(why)
    }

    /// What is known of a job. One that cannot be looked at may be there.
    pub(crate) fn known(&self, id: i64) -> Known {
        match () {
            () if self.job(id).exists().unwrap_or(true) => Known::Held,
            () if self.remembered.contains(id) => Known::Forgotten,
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
        match &done {
            // It was there before: what is in it is another's.
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            // A half-made folder would count as held. Where it cannot be
            // removed now, it is when control offers the job again.
            Err(_) => drop(folder.remove()),
            Ok(()) => {}
        }
        done
    }

    /// How many bytes the jobs of a home take, without their working folders.
    ///
    /// # Errors
    /// When the spool cannot be read.
    pub(crate) fn bytes(home: &Path) -> io::Result<u64> {
        let folder = home.join("jobs");
        let ids = ids_in(&folder)?.into_iter();
        let bytes = ids.map(|id| JobFolder::new(folder.join(id.to_string())).bytes());
        Ok(bytes.sum())
    }

    /// Removes the oldest of the reported jobs: those beyond the number that is
    /// kept, and more of them while all jobs take more than `most` bytes. `now`
    /// is in unix seconds of control's clock.
    ///
    /// # Errors
    /// When the disk refuses.
    pub(crate) fn prune(&mut self, most: u64, now: u64) -> io::Result<()> {
        self.clear_away_gone()?;
        let jobs = self.jobs()?;
        let mut bytes: u64 = jobs.iter().map(|(_, folder, _)| folder.bytes()).sum();
        let reported: Vec<_> = jobs
            .into_iter()
            .filter(|(_, _, state)| *state == State::Reported)
            .collect();
        let mut excess = reported.len().saturating_sub(KEPT);
        for (id, folder, _) in reported {
            if excess == 0 && bytes <= most {
                break;
            }
            bytes = bytes.saturating_sub(folder.bytes());
            excess = excess.saturating_sub(1);
            self.remembered.insert(id, now)?;
            self.note_removal(folder.path(), folder.remove());
        }
        Ok(())
    }
}

fn ids_in(folder: &Path) -> io::Result<Vec<i64>> {
    let mut ids = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let name = path.file_name().and_then(|name| name.to_str());
        let id = name.and_then(|name| name.parse::<i64>().ok());
        ids.extend(id.filter(|_| !JobFolder::new(path.clone()).is_going()));
    }
    ids.sort_unstable();
    Ok(ids)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::job::folder::Started;
    use crate::job::report;
    use wire::ping::Status;

    const NOW: u64 = 1_800_000_000;

    fn received(job_id: i64) -> Received {
        Received {
            job_id,
            package: "r.io/lib/a:b".into(),
            function: "f".into(),
            at: 1,
            keep: false,
        }
    }

    fn order(job_id: i64) -> Order {
        Order {
            job_id,
            art: "/bin/true".into(),
            package: "r.io/lib/a:b".into(),
            function: "f".into(),
            environment: vec![],
            inputs: vec![],
            timeout: 1,
            max_output: 1,
            detach: false,
            limits: wire::command::Limits::default(),
            rules: crate::job::rules::Rules::default(),
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
        let lock = job.take_lock().unwrap().unwrap();
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
    fn what_was_never_received_completely_is_offered_again() {
        let home = tempfile::tempdir().unwrap();
        let mut spool = Spool::open(home.path()).unwrap();
        spool.receive(&order(1), &received(1)).unwrap();
        fs::create_dir(spool.job(2).path()).unwrap();
        spool.clear_away_fragments().unwrap();
        assert_eq!([spool.known(1), spool.known(2)], [Known::Held, Known::New]);
    }

    #[test]
    fn a_job_that_was_being_removed_is_no_job() {
        let home = tempfile::tempdir().unwrap();
        let mut spool = Spool::open(home.path()).unwrap();
        spool.receive(&order(1), &received(1)).unwrap();
        let gone = spool.job(1).path().with_added_extension("gone");
        fs::rename(spool.job(1).path(), &gone).unwrap();
        assert_eq!((spool.known(1), states(&spool)), (Known::New, vec![]));
        spool.receive(&order(1), &received(1)).unwrap();
        spool.job(1).remove().unwrap();
        assert!(!gone.exists(), "an earlier removal is not in the way");
        fs::create_dir(&gone).unwrap();
        spool.clear_away_fragments().unwrap();
        assert!(!gone.exists());
    }

    /// A folder that cannot be renamed is marked first. Whatever a kill or a power cut
    /// leaves of it then is no job that runs, was interrupted, or has a result.
    #[test]
    fn a_job_that_was_being_removed_where_it_is_is_no_job() {
        for left in [&["received", "request", "started"][..], &["started"], &[]] {
            let home = tempfile::tempdir().unwrap();
            let mut spool = Spool::open(home.path()).unwrap();
            let job = spool.job(1);
            let gone = job.path().with_added_extension("gone");
            let cut = || {
                fs::create_dir(job.path()).unwrap();
                for name in left {
                    fs::write(job.path().join(name), "x").unwrap();
                }
                fs::write(&gone, "").unwrap();
            };
            cut();
            assert_eq!((spool.known(1), states(&spool)), (Known::New, vec![]));
            assert!(Spool::noted(home.path()).unwrap().is_empty());
            spool.receive(&order(1), &received(1)).unwrap();
            assert_eq!(states(&spool), [(1, State::Received)]);
            assert!(!gone.exists());

            job.remove().unwrap();
            cut();
            spool.clear_away_fragments().unwrap();
            assert!(!gone.exists() && !job.path().exists());
            // The folder was gone, and its mark was not.
            fs::write(&gone, "").unwrap();
            spool.clear_away_fragments().unwrap();
            assert!(!gone.exists());
        }
    }

    #[test]
    fn what_cannot_be_removed_is_complained_of_once() {
        let home = tempfile::tempdir().unwrap();
        let mut spool = Spool::open(home.path()).unwrap();
        let folder = spool.job(1).path().to_owned();
        let [busy, worn] = ["busy", "worn out"].map(io::Error::other);
        let told = [&busy, &busy, &worn, &worn].map(|error| spool.is_news(&folder, error));
        assert_eq!(told, [true, false, true, false]);
        spool.note_removal(&folder, Ok(()));
        assert!(spool.is_news(&folder, &worn));
    }

    #[test]
    fn a_job_is_received_into_a_folder_of_its_own() {
        let home = tempfile::tempdir().unwrap();
        let spool = Spool::open(home.path()).unwrap();
        spool.receive(&order(1), &received(1)).unwrap();
        spool.job(1).mark_started(&Started::now()).unwrap();
        assert!(spool.receive(&order(1), &received(1)).is_err());
        assert_eq!(states(&spool), [(1, State::Interrupted)]);
    }

    #[test]
    fn abuse_a_job_is_replayed_after_its_records_were_damaged() {
        let home = tempfile::tempdir().unwrap();
        let mut spool = Spool::open(home.path()).unwrap();
        for id in [1, 2] {
            spool.receive(&order(id), &received(id)).unwrap();
            fs::write(spool.job(id).path().join("received"), "torn").unwrap();
        }
        spool.job(1).mark_started(&Started::now()).unwrap();
        spool.clear_away_fragments().unwrap();
        assert_eq!([spool.known(1), spool.known(2)], [Known::Held, Known::Held]);
        assert_eq!(
            states(&spool),
            [(1, State::Interrupted), (2, State::Received)]
        );
    }

    #[test]
    fn abuse_an_old_job_is_replayed() {
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
        spool.prune(u64::MAX, NOW).unwrap();
        assert_eq!(states(&spool).len(), KEPT);
        let spool = Spool::open(home.path()).unwrap();
        assert_eq!(
            [spool.known(2), spool.known(3), spool.known(35)],
            [Known::Forgotten, Known::Held, Known::New]
        );
    }

    #[test]
    fn reported_jobs_make_room_and_others_do_not() {
        let home = tempfile::tempdir().unwrap();
        let mut spool = Spool::open(home.path()).unwrap();
        for id in 1..=3 {
            spool.receive(&order(id), &received(id)).unwrap();
        }
        for id in 1..=2 {
            let job = spool.job(id);
            job.finish(&report::without_run(id, Status::Failed, "x".into(), 1))
                .unwrap();
            job.mark_reported().unwrap();
        }
        let all = Spool::bytes(home.path()).unwrap();
        spool.prune(all - 1, NOW).unwrap();
        assert_eq!(
            [1, 2, 3].map(|id| spool.known(id)),
            [Known::Forgotten, Known::Held, Known::Held]
        );
        spool.prune(0, NOW).unwrap();
        assert_eq!(states(&spool), [(3, State::Received)]);
    }
}
