//! A job on disk: a folder that never moves, in which each state is a file.
//!
//! The shim writes `output`, `tail` and `result`; the agent writes the rest, and a
//! result in the shim's place only when the shim is known to be dead.

use super::cgroup::Cgroup;
use super::order::Order;
use super::printed::Printed;
use crate::storage;
use crate::storage::record::{self, RecordError};
use crate::storage::reserve::Reserve;
use crate::sys::clock;
use serde::{Deserialize, Serialize};
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::time::Duration;
use wire::ping::{JobResult, Phase};

/// The folder of one job.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct JobFolder {
    path: PathBuf,
}

/// What was noted when the job came.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Received {
    /// The job.
    pub(crate) job_id: i64,
    /// Its package.
    pub(crate) package: String,
    /// Its function.
    pub(crate) function: String,
    /// When it came, in unix seconds.
    pub(crate) at: u64,
    /// Whether its working folder stays when it has ended.
    pub(crate) keep: bool,
}

impl Received {
    /// A job of which only the id is known.
    pub(crate) fn unknown(job_id: i64) -> Self {
        Self {
            job_id,
            package: String::new(),
            function: String::new(),
            at: clock::wall(),
            keep: false,
        }
    }
}

/// What was noted before the job was begun, or the host restarted for it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Started {
    /// When, in unix seconds.
    pub(crate) at: u64,
    /// Which boot of the host it was (`/proc/sys/kernel/random/boot_id`).
    pub(crate) boot: String,
}

impl Started {
    /// A job that is begun now.
    pub(crate) fn now() -> Self {
        Self {
            at: clock::wall(),
            boot: boot_id(),
        }
    }

    /// Whether the host has restarted since.
    pub(crate) fn before_reboot(&self) -> bool {
        self.boot != boot_id()
    }
}

fn boot_id() -> String {
    let id = fs::read_to_string("/proc/sys/kernel/random/boot_id");
    id.unwrap_or_default().trim().to_owned()
}

/// How far a job has come, as its folder tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum State {
    /// It is on disk and has not been begun.
    Received,
    /// Its shim is alive.
    Running,
    /// It was begun, there is no result, and its shim is dead.
    Interrupted,
    /// There is a result that control has not acknowledged.
    Ended,
    /// Control has acknowledged the result.
    Reported,
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

    /// Whether it is there.
    ///
    /// # Errors
    /// When that cannot be found out.
    pub(crate) fn exists(&self) -> io::Result<bool> {
        fs::exists(&self.path)
    }

    /// What the job printed so far.
    pub(crate) fn printed(&self) -> Printed {
        Printed::new(&self.path)
    }

    /// A pipe into which the runner says which phase begins.
    pub(crate) fn phase_pipe(&self) -> PathBuf {
        self.path.join("phases")
    }

    /// Notes in which cgroup the job's processes will be, for whoever has to
    /// end them when its shim is dead.
    ///
    /// # Errors
    /// When the disk refuses.
    pub(crate) fn note_cgroup(&self, cgroup: &Cgroup) -> io::Result<()> {
        record::write(&self.path.join("cgroup"), &cgroup.folder())
    }

    /// Takes that note back.
    ///
    /// # Errors
    /// When the disk refuses.
    pub(crate) fn forget_cgroup(&self) -> io::Result<()> {
        storage::remove(&self.path.join("cgroup"))
    }

    /// The cgroup that was noted.
    pub(crate) fn cgroup(&self) -> Option<Cgroup> {
        let noted = record::read(&self.path.join("cgroup"));
        noted.ok().flatten().map(Cgroup::recorded)
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

    /// Room for what the job will have to tell.
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
    pub(crate) fn receive(&self, order: &Order, received: &Received) -> io::Result<()> {
        storage::make_new_private_folder(&self.path)?;
        self.reserve(order.room()).take()?;
        record::write(&self.request_file(), order)?;
        record::write(&self.received_file(), received)
    }

    /// Puts a job on disk that will not be run.
    ///
    /// # Errors
    /// When the disk refuses.
    pub(crate) fn refuse(&self, received: &Received, result: &JobResult) -> io::Result<()> {
        storage::make_new_private_folder(&self.path)?;
        record::write(&self.result_file(), result)?;
        record::write(&self.received_file(), received)
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

    /// The order, until the runner has it.
    ///
    /// # Errors
    /// When the record is damaged.
    pub(crate) fn order(&self) -> Result<Option<Order>, RecordError> {
        record::read(&self.request_file())
    }

    /// Removes the order with its secrets.
    ///
    /// # Errors
    /// When the disk refuses.
    pub(crate) fn forget_order(&self) -> io::Result<()> {
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

    /// Notes that the job is to be ended; its shim watches for this.
    ///
    /// # Errors
    /// When the disk refuses.
    pub(crate) fn mark_cancelled(&self) -> io::Result<()> {
        storage::replace(&self.cancel_file(), b"")
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

    /// When the host was told to restart for this job, if it was.
    ///
    /// # Errors
    /// When the record is damaged.
    pub(crate) fn reboot(&self) -> Result<Option<Started>, RecordError> {
        record::read(&self.path.join("reboot"))
    }

    /// Takes the lock that a shim holds for as long as it lives; `None` when a
    /// shim has it. The file is open for writing, so that a watch on the folder
    /// tells when the last holder has closed it.
    ///
    /// # Errors
    /// What open(2) and flock(2) report.
    pub(crate) fn take_lock(&self) -> io::Result<Option<File>> {
        let mut options = OpenOptions::new();
        let options = options.write(true).create(true).truncate(false).mode(0o600);
        let file = options.open(self.lock_file())?;
        Ok(is_free(&file)?.then_some(file))
    }

    /// Whether a shim holds the lock. Opened for reading, the file tells no
    /// watch when it is closed again.
    fn is_locked(&self) -> io::Result<bool> {
        match File::open(self.lock_file()) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
            file => Ok(!is_free(&file?)?),
        }
    }

    /// How far the job has come. Only the agent asks: asking takes the lock for
    /// a moment.
    ///
    /// # Errors
    /// When that cannot be found out now. The job must then be taken for one
    /// that runs.
    pub(crate) fn state(&self) -> io::Result<State> {
        // The lock first: a shim that ends in between has written its result.
        let locked = self.is_locked()?;
        match self.noted_state()? {
            State::Running if !locked => Ok(State::Interrupted),
            state => Ok(state),
        }
    }

    /// How far the job has come as far as is noted: a shim that died counts as
    /// running.
    ///
    /// # Errors
    /// When the folder cannot be looked at.
    pub(crate) fn noted_state(&self) -> io::Result<State> {
        for (file, state) in [
            (self.reported_file(), State::Reported),
            (self.result_file(), State::Ended),
            (self.started_file(), State::Running),
        ] {
            if fs::exists(file)? {
                return Ok(state);
            }
        }
        Ok(State::Received)
    }

    /// Whether the working folder stays when the job has ended.
    fn is_kept(&self) -> bool {
        matches!(self.received(), Ok(Some(received)) if received.keep)
    }

    /// Removes the working folder, unless it is to stay.
    ///
    /// # Errors
    /// As [`storage::remove_folder`].
    pub(crate) fn clear_work(&self, patience: Duration) -> io::Result<()> {
        if self.is_kept() {
            return Ok(());
        }
        storage::remove_folder(&self.work_folder(), patience)
    }

    /// Removes what a job that has ended needs no more, wherever a crash or the
    /// disk kept its shim from doing so: the order with its secrets, room that
    /// was taken, the working folder, records half written.
    ///
    /// # Errors
    /// When the disk refuses.
    pub(crate) fn tidy(&self) -> io::Result<()> {
        for entry in fs::read_dir(&self.path)? {
            let path = entry?.path();
            if path == self.work_folder() {
                self.clear_work(PATIENCE)?;
            } else if path == self.request_file() || is_scratch(&path) {
                storage::remove(&path)?;
            }
        }
        Ok(())
    }

    /// Syncs the names in the folder: what an earlier process was killed at, as
    /// well.
    ///
    /// # Errors
    /// When the disk refuses.
    pub(crate) fn sync(&self) -> io::Result<()> {
        storage::sync_folder(&self.path)
    }

    /// Removes the folder with everything in it. It is renamed first: after a
    /// crash or a power cut it is whole, or it is no job.
    ///
    /// # Errors
    /// When the disk refuses.
    pub(crate) fn remove(&self) -> io::Result<()> {
        let gone = self.path.with_added_extension(GONE);
        storage::remove_folder(&gone, PATIENCE)?;
        fs::rename(&self.path, &gone)?;
        storage::sync_parent(&gone)?;
        storage::remove_folder(&gone, PATIENCE)
    }
}

/// The extension of a folder that is being removed.
pub(crate) const GONE: &str = "gone";

/// How long the agent may be kept waiting by a folder that is removed; what a job
/// left there may be without end.
pub(crate) const PATIENCE: Duration = Duration::from_secs(1);

/// What nobody needs any more when a job has ended.
const SCRATCH: [&str; 4] = ["reserve", "phases", "ca.pem", "keys.pgp"];

/// Whether a file is needed no more, or is what was to become a record.
fn is_scratch(path: &Path) -> bool {
    path.file_name()
        .is_some_and(|name| SCRATCH.iter().any(|scratch| name == *scratch))
        || path.extension().is_some_and(|extension| extension == "new")
}

fn is_free(file: &File) -> io::Result<bool> {
    match file.try_lock() {
        Ok(()) => Ok(true),
        Err(TryLockError::WouldBlock) => Ok(false),
        Err(TryLockError::Error(error)) => Err(error),
    }
}
