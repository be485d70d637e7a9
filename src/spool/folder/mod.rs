//! A job on disk: a folder that never moves, in which each state is a file.
//!
//! The shim writes `output`, `tail` and `result`; the agent writes the rest, and a
//! result in the shim's place only when the shim is known to be dead.

mod note;
mod removal;
mod state;

pub(crate) use note::{Received, Started};
pub(crate) use removal::PATIENCE;
pub(crate) use state::{LOCK_DESCRIPTOR, State};

use super::output::JobOutput;
use super::spec::Spec;
use crate::storage;
use crate::storage::record::{self, RecordError};
use crate::storage::reserve::Reserve;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use wire::encoding::hex;
use wire::labelled::sha256;
use wire::ping::{JobResult, Phase};

/// The folder of one job.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct JobFolder {
    path: PathBuf,
}

impl JobFolder {
    /// The folder of this path.
    pub(crate) fn new(path: PathBuf) -> Self {
        Self { path }
    }

    /// Where it is.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Whether it is there, and is not being removed.
    ///
    /// # Errors
    /// When that cannot be found out.
    pub(crate) fn exists(&self) -> io::Result<bool> {
        Ok(fs::exists(&self.path)? && !self.is_going())
    }

    /// What the job printed so far.
    pub(crate) fn output(&self) -> JobOutput {
        JobOutput::new(&self.path)
    }

    /// A pipe into which the runner says which phase begins.
    pub(crate) fn phase_pipe(&self) -> PathBuf {
        self.path.join("phases")
    }

    /// Records the cgroup of the job's processes, for the process that may have to end them when
    /// its shim is dead.
    ///
    /// # Errors
    /// When the disk refuses.
    pub(crate) fn note_cgroup(&self, cgroup: &Path) -> io::Result<()> {
        record::write(&self.path.join("cgroup"), &cgroup.to_path_buf())
    }

    /// Takes that note back.
    ///
    /// # Errors
    /// When the disk refuses.
    pub(crate) fn forget_cgroup(&self) -> io::Result<()> {
        storage::remove(&self.path.join("cgroup"))
    }

    /// The folder of the cgroup that was noted.
    pub(crate) fn cgroup(&self) -> Option<PathBuf> {
        record::read(&self.path.join("cgroup")).ok().flatten()
    }

    /// The shim notes here which phase the runner is in.
    pub(crate) fn phase_file(&self) -> PathBuf {
        self.path.join("phase")
    }

    /// The phase that the runner is in, as far as is noted.
    pub(crate) fn phase(&self) -> Option<Phase> {
        let noted = storage::read_limited(&self.phase_file(), 64).ok()??;
        let is_noted = |phase: &Phase| phase.name().as_bytes() == noted.trim_ascii();
        [Phase::Pull, Phase::Verify, Phase::Unpack, Phase::Run]
            .into_iter()
            .find(is_noted)
    }

    /// A copy of the registry's certificates, for a runner of another user.
    pub(crate) fn lent_ca(&self) -> PathBuf {
        self.path.join("ca.pem")
    }

    /// A copy of the registry's keys, for a runner of another user.
    pub(crate) fn lent_keys(&self) -> PathBuf {
        self.path.join("keys.pgp")
    }

    /// The job's working folder.
    pub(crate) fn work_folder(&self) -> PathBuf {
        self.path.join("work")
    }

    /// A file of the agent's for something that outlives the job: in a folder beside those
    /// of the jobs, called after what it is for.
    ///
    /// # Errors
    /// When the folder cannot be made.
    pub(crate) fn beside(&self, kind: &str, subject: &str) -> io::Result<PathBuf> {
        let folder = self.path.canonicalize()?.with_file_name(kind);
        storage::make_private_folder(&folder)?;
        Ok(folder.join(hex(&sha256(subject.as_bytes()))))
    }

    fn request_file(&self) -> PathBuf {
        self.path.join("request")
    }

    fn received_file(&self) -> PathBuf {
        self.path.join("received")
    }

    fn started_file(&self) -> PathBuf {
        self.path.join("started")
    }

    fn result_file(&self) -> PathBuf {
        self.path.join("result")
    }

    fn lock_file(&self) -> PathBuf {
        self.path.join("lock")
    }

    fn cancel_file(&self) -> PathBuf {
        self.path.join("cancel")
    }

    fn reported_file(&self) -> PathBuf {
        self.path.join("reported")
    }

    /// DiskSpace for what the job will have to tell.
    fn reserve(&self, bytes: u32) -> Reserve {
        Reserve::new(self.path.join("reserve"), bytes)
    }

    /// How many bytes the job takes, without its working folder.
    pub(crate) fn bytes(&self) -> u64 {
        let files = fs::read_dir(&self.path).into_iter().flatten().flatten();
        let lengths = files.filter_map(|entry| entry.metadata().ok().filter(fs::Metadata::is_file));
        lengths.map(|found| found.len()).sum()
    }

    /// Puts the job on disk, with room for its result. Only when this returns
    /// has the host taken it.
    ///
    /// # Errors
    /// When the disk refuses; the job is then not taken.
    pub(crate) fn receive(&self, spec: &Spec, received: &Received) -> io::Result<()> {
        self.make()?;
        self.reserve(spec.disk_space()).take()?;
        record::write(&self.request_file(), spec)?;
        record::write(&self.received_file(), received)
    }

    /// Puts a job on disk that will not be run.
    ///
    /// # Errors
    /// When the disk refuses.
    pub(crate) fn refuse(&self, received: &Received, result: &JobResult) -> io::Result<()> {
        self.make()?;
        record::write(&self.result_file(), result)?;
        record::write(&self.received_file(), received)
    }

    /// Makes the folder, in the place of one that is being removed.
    fn make(&self) -> io::Result<()> {
        if self.is_going() {
            self.remove()?;
        }
        storage::make_new_private_folder(&self.path)
    }

    /// What was noted when the job came; `None` when it never came completely.
    ///
    /// # Errors
    /// When the record is damaged.
    pub(crate) fn received(&self) -> Result<Option<Received>, RecordError> {
        record::read(&self.received_file())
    }

    /// What was noted before it was begun.
    ///
    /// # Errors
    /// When the record is damaged.
    pub(crate) fn started(&self) -> Result<Option<Started>, RecordError> {
        record::read(&self.started_file())
    }

    /// The spec, until the runner has it.
    ///
    /// # Errors
    /// When the record is damaged.
    pub(crate) fn spec(&self) -> Result<Option<Spec>, RecordError> {
        record::read(&self.request_file())
    }

    /// Removes the spec with its secrets.
    ///
    /// # Errors
    /// When the disk refuses.
    pub(crate) fn remove_spec(&self) -> io::Result<()> {
        storage::remove(&self.request_file())
    }

    /// Notes that the job is about to be begun.
    ///
    /// # Errors
    /// When the disk refuses; the job must then not be begun, and is not noted
    /// as begun unless the disk refuses that as well.
    pub(crate) fn mark_started(&self, started: &Started) -> io::Result<()> {
        record::write(&self.started_file(), started).inspect_err(|_| {
            // After a power cut it may be back: then the job is interrupted.
            let _ = fs::remove_file(self.started_file());
        })
    }

    /// Notes that the job is to be ended; its shim watches for this. Control and the host's
    /// operator may ask for it at the same time.
    ///
    /// # Errors
    /// When the disk refuses.
    pub(crate) fn mark_cancelled(&self) -> io::Result<()> {
        storage::in_turn(&self.path, || storage::replace(&self.cancel_file(), b""))
    }

    /// Whether the job is to be ended.
    pub(crate) fn is_cancelled(&self) -> bool {
        self.cancel_file().exists()
    }

    /// The result, if there is one.
    ///
    /// # Errors
    /// When the record is damaged.
    pub(crate) fn result(&self) -> Result<Option<JobResult>, RecordError> {
        record::read(&self.result_file())
    }

    /// Moves a damaged result out of the way: the job then has none.
    pub(crate) fn set_result_aside(&self, why: &str) {
        record::set_aside(&self.result_file(), why);
    }

    /// Puts the result on disk, in the room that was taken for it if there is
    /// no other.
    ///
    /// # Errors
    /// When the disk refuses.
    pub(crate) fn finish(&self, result: &JobResult) -> io::Result<()> {
        let reserve = self.reserve(1);
        reserve.lend(|| record::write(&self.result_file(), result))?;
        reserve.give_up();
        Ok(())
    }

    /// Notes that control has the result.
    ///
    /// # Errors
    /// When the disk refuses.
    pub(crate) fn mark_reported(&self) -> io::Result<()> {
        storage::replace(&self.reported_file(), b"")
    }

    /// Has the result sent once more, because control asked.
    ///
    /// # Errors
    /// When the disk refuses.
    pub(crate) fn mark_unreported(&self) -> io::Result<()> {
        storage::remove(&self.reported_file())
    }

    /// Notes that the host is about to be restarted for this job.
    ///
    /// # Errors
    /// When the disk refuses; the host must then not be restarted.
    pub(crate) fn mark_reboot(&self) -> io::Result<()> {
        record::write(&self.path.join("reboot"), &Started::now())
    }

    /// When the host was asked to restart for this job, if it was.
    ///
    /// # Errors
    /// When the record is damaged.
    pub(crate) fn reboot(&self) -> Result<Option<Started>, RecordError> {
        record::read(&self.path.join("reboot"))
    }

    /// Syncs the names in the folder: what an earlier process was killed at, as
    /// well.
    ///
    /// # Errors
    /// When the disk refuses.
    pub(crate) fn sync(&self) -> io::Result<()> {
        storage::sync_folder(&self.path)
    }
}
