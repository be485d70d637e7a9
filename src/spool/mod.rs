//! All jobs that this host holds: those that wait, the one that runs, and
//! those whose result control has not acknowledged.

pub(crate) mod disk_space;
pub(crate) mod folder;
mod on_disk;
pub(crate) mod output;
pub(crate) mod reboot;
mod remembered;
pub(crate) mod spec;

use crate::log;
use crate::storage;
use folder::{JobFolder, Received, State};
use remembered::Remembered;
use spec::Spec;
use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use wire::ping::JobResult;

/// The number of reported jobs that are kept, for `pilot job`.
const KEPT: usize = 32;

/// The folder `jobs`.
pub(crate) struct Spool {
    folder: PathBuf,
    remembered: Remembered,
    /// Why what cannot be removed cannot, as it was logged last.
    stuck: BTreeMap<PathBuf, String>,
}

/// What the spool knows of a job that control offers.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Lookup {
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

    /// Removes what a crash left of a job that was never received completely, and of one that
    /// was being removed. Such a job was not acknowledged, so control offers it again. Every
    /// received job has to end, even if its records are damaged.
    ///
    /// # Errors
    /// When the spool cannot be read.
    pub(crate) fn remove_fragments(&mut self) -> io::Result<()> {
        self.finish_removals()?;
        for (id, folder, state) in self.jobs()? {
            if state == State::Received && matches!(folder.received(), Ok(None)) {
                log::warning!("job {id} was not received completely; it is removed");
                self.note_removal(folder.path(), folder.remove());
            }
        }
        Ok(())
    }

    /// Continues removals that were interrupted.
    fn finish_removals(&mut self) -> io::Result<()> {
        for entry in fs::read_dir(&self.folder)? {
            let path = entry?.path();
            if let Some(done) = JobFolder::go_on_removing(&path) {
                self.note_removal(&path.with_extension(""), done);
            }
        }
        Ok(())
    }

    /// A failed removal is tried again, and logged once.
    fn note_removal(&mut self, folder: &Path, done: io::Result<()>) {
        match done {
            Err(error) if self.is_new_error(folder, &error) => {
                log::error!("cannot remove {}: {error}", folder.display());
            }
            Err(_) => {}
            Ok(()) => drop(self.stuck.remove(folder)),
        }
    }

    fn is_new_error(&mut self, folder: &Path, error: &io::Error) -> bool {
        let why = error.to_string();
        self.stuck.insert(folder.to_owned(), why.clone()) != Some(why)
    }

    /// Looks a job up. If its folder cannot be checked, it counts as held.
    pub(crate) fn lookup(&self, id: i64) -> Lookup {
        if self.job(id).exists().unwrap_or(true) {
            Lookup::Held
        } else if self.remembered.contains(id) {
            Lookup::Forgotten
        } else {
            Lookup::New
        }
    }

    /// Takes a job: when this returns it survives a power cut.
    ///
    /// # Errors
    /// When the disk refuses; the job is then not taken.
    pub(crate) fn receive(&self, spec: &Spec, received: &Received) -> io::Result<()> {
        let folder = self.job(received.job_id);
        let done = folder.receive(spec, received);
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
            // The folder existed before, and belongs to another job.
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
        self.finish_removals()?;
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
mod tests;
