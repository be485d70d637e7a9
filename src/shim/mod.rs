//! The shim: a small process that watches over one job.
//!
//! It outlives a restart or an upgrade of the agent, holds the job's lock for while it runs, and
//! ends when the result is on disk.

mod ending;
mod handover;
mod job_user;
mod launch;
mod outcome;
mod output;
mod phases;
mod serials;

use crate::containment::cgroup::Cgroup;
use crate::failure::{Context, Failure, Kind};
use crate::log;
use crate::spool::folder::{JobFolder, LOCK_DESCRIPTOR};
use crate::spool::spec::Spec;
use crate::sys::limits::not_dumpable;
use crate::sys::memory::ProgramText;
use crate::sys::poll::wait_readable;
use crate::sys::process::{self, Pid};
use crate::sys::signals::SignalFd;
use crate::sys::timer::Timer;
use crate::sys::watch::{Change, FolderWatch};
use crate::sys::{clock, pipe};
use outcome::{Forced, Run};
use output::Output;
use phases::Phases;
use serials::Serials;
use std::fs::File;
use std::io::{self, Read};
use std::os::fd::AsFd;
use std::path::PathBuf;
use std::time::Duration;
use wire::ping::{Containment, JobResult, Phase};

/// How long to wait before a full disk is tried again.
const DISK_RETRY: Duration = Duration::from_secs(5);

/// How long a result waits until the working folder is removed, and how long that
/// goes on afterwards.
const CLEARING: Duration = Duration::from_secs(5);
const CLEARING_ON: Duration = Duration::from_secs(600);

/// How much output is taken before time limit and cancel are looked at again.
const MOST_READS: usize = 64;

/// Runs the job whose folder is the current one.
///
/// # Errors
/// When there is no job to run here.
pub(crate) fn run() -> Result<(), Failure> {
    // The spec holds secrets.
    not_dumpable().context("cannot switch core dumps off")?;
    // Held until the process ends, which shows the agent that it has ended.
    let _lock = pipe::inherited(LOCK_DESCRIPTOR).context("this command is for the agent alone")?;
    let folder = JobFolder::new(PathBuf::from("."));
    let spec = folder.spec().context("cannot read the job's spec")?;
    let spec =
        spec.ok_or_else(|| Failure::new(Kind::Run, "this command is for the agent alone"))?;
    let id = spec.job_id;
    let result = Shim::new(&folder, spec)
        .and_then(Shim::watch)
        .unwrap_or_else(|error| {
            let why = format!("the job could not be started: {error}");
            outcome::not_started(id, &why, clock::wall())
        });
    // The function's files are not needed any more. There may be so many that the result should
    // not wait for their removal.
    let cleared = folder.clear_work(CLEARING);
    finish(&folder, &result);
    if cleared.is_err() {
        clear_the_rest(id, &folder);
    }
    Ok(())
}

fn clear_the_rest(id: i64, folder: &JobFolder) {
    if let Err(error) = folder.clear_work(CLEARING_ON) {
        log::warning!("job {id}: its working folder is kept: {error}");
    }
}

/// Does not return before the result is on disk: until then it exists in memory only, and the
/// lock shows that the job is not over.
fn finish(folder: &JobFolder, result: &JobResult) {
    let mut is_logged = false;
    while let Err(error) = folder.finish(result) {
        if !std::mem::replace(&mut is_logged, true) {
            log::error!(
                "job {}: cannot write the result: {error}; trying until it works",
                result.job_id
            );
        }
        std::thread::sleep(DISK_RETRY);
    }
    if let Err(error) = folder.remove_spec() {
        log::error!("job {}: cannot remove its spec: {error}", result.job_id);
    }
}

/// A runner that is alive, and what the shim watches.
struct Shim<'a> {
    folder: &'a JobFolder,
    spec: Spec,
    signals: SignalFd,
    timer: Timer,
    watch: FolderWatch,
    pipe: Option<File>,
    phases: Phases,
    serials: Option<Serials>,
    output: Output,
    cgroup: Option<Cgroup>,
    art: Pid,
    run: Run,
    /// When the remaining processes are killed: TERM gives them the grace period.
    kill_from: Duration,
}

impl<'a> Shim<'a> {
    fn new(folder: &'a JobFolder, mut spec: Spec) -> io::Result<Self> {
        process::new_session()?;
        let adopts = process::adopt_orphans();
        let signals = SignalFd::of_all()?;
        let watch = FolderWatch::new(folder.path(), Change::Arrived)?;
        let mut timer = Timer::new()?;
        let output = Output::new(folder.path(), spec.max_output)?;
        let phases = Phases::listen(folder)?;
        let cgroup = contain(folder, &spec);
        let began = clock::boottime();
        timer.set(Some(began + Duration::from_secs(spec.timeout.into())))?;
        let mut run = Run::begin(began, clock::wall());
        let launched = launch::launch(folder, &spec, cgroup.as_ref(), adopts)?;
        match &cgroup {
            Some(_) if launched.contained => run.containment = Containment::Cgroup,
            Some(unused) => abandon(folder, unused),
            None => {}
        }
        let listen = |socket| Serials::listen(socket, &spec, folder);
        let serials = launched.asked.map(listen).transpose()?;
        // The runner has the variables now.
        spec.environment.clear();
        if let Err(error) = folder.remove_spec() {
            log::error!("job {}: cannot remove its spec yet: {error}", spec.job_id);
        }
        Ok(Self {
            folder,
            spec,
            signals,
            timer,
            watch,
            pipe: Some(launched.output),
            phases,
            serials,
            output,
            cgroup: cgroup.filter(|_| launched.contained),
            art: launched.art,
            run,
            kill_from: began,
        })
    }

    /// Watches until the runner has ended and nothing is left of it.
    fn watch(mut self) -> io::Result<JobResult> {
        // What was needed to start is most of it.
        ProgramText::find().release();
        self.end_if_cancelled()?;
        while self.run.ended.is_none() {
            let pipe = self.pipe.as_ref().map(AsFd::as_fd);
            let fds = [
                pipe,
                self.phases.as_fd(),
                self.serials.as_ref().and_then(Serials::as_fd),
                Some(self.signals.as_fd()),
                Some(self.watch.as_fd()),
                Some(self.timer.as_fd()),
            ];
            let [_, _, asked, _, changed, late] = wait_readable(fds)?;
            self.drain_output();
            self.follow_phases()?;
            self.handle_signals();
            if self.run.ended.is_some() {
                break;
            }
            if asked && let Some(serials) = &mut self.serials {
                serials.advance();
            }
            if changed {
                self.watch.drain();
                self.end_if_cancelled()?;
            }
            if late && self.timer.expired() {
                self.on_deadline()?;
            }
        }
        self.run.survivors = self.leave_nothing_behind()?;
        self.drain_output();
        let phase = self.phases.latest();
        Ok(outcome::result(&self.spec, &self.run, phase, self.output))
    }

    fn drain_output(&mut self) {
        let mut buffer = [0; 16 << 10];
        for _ in 0..MOST_READS {
            let Some(pipe) = &mut self.pipe else { return };
            match pipe.read(&mut buffer) {
                Ok(0) => self.pipe = None,
                Ok(n) => self.output.push(&buffer[..n]),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(_) => return,
            }
        }
    }

    /// A runner that reports its phase has a limit of its own until its function begins; one
    /// that does not tell has the function's from the start.
    fn follow_phases(&mut self) -> io::Result<()> {
        for phase in self.phases.advance() {
            let now = clock::boottime();
            let deadline = match phase {
                Phase::Pull => self.run.began() + seconds(self.spec.job_policy.pull_limit),
                Phase::Verify | Phase::Unpack => continue,
                Phase::Run => now + seconds(self.spec.timeout),
            };
            if phase == Phase::Run {
                self.run.function_begins(now);
            }
            // A job that is being ended gets no more time.
            if self.run.forced.is_none() {
                self.timer.set(Some(deadline))?;
            }
        }
        Ok(())
    }

    /// The end of the runner is what counts; signals to the shim itself are
    /// left unanswered, because only the time limit and a cancel end a job.
    fn handle_signals(&mut self) {
        while self.signals.next().is_some() {}
        while let Ok(Some((pid, ended))) = process::try_wait_any() {
            if pid == self.art {
                self.run.end(ended);
            }
        }
    }

    fn end_if_cancelled(&mut self) -> io::Result<()> {
        if self.run.forced.is_none() && self.folder.is_cancelled() {
            log::warning!("job {}: cancelled: ending it", self.spec.job_id);
            self.end(Forced::Cancelled)?;
        }
        Ok(())
    }

    fn on_deadline(&mut self) -> io::Result<()> {
        let id = self.spec.job_id;
        if self.run.forced.is_none() {
            log::warning!("job {id}: its time limit is reached: ending it");
            return self.end(Forced::TimedOut);
        }
        let grace = self.spec.job_policy.grace;
        log::warning!("job {id}: still running {grace} s after TERM: killing it");
        self.kill_all();
        Ok(())
    }
}

/// Makes a cgroup for the job and records it, so that the agent can end its processes if the
/// shim dies.
fn contain(folder: &JobFolder, spec: &Spec) -> Option<Cgroup> {
    let cgroup = Cgroup::make(spec.job_id)?;
    if let Err(error) = folder.note_cgroup(cgroup.folder()) {
        log::warning!("job {}: no cgroup: {error}", spec.job_id);
        cgroup.remove();
        return None;
    }
    let most = u64::from(spec.job_policy.processes);
    let asked = spec.limits.processes.unwrap_or(most);
    cgroup.limit_processes(asked.min(most));
    Some(cgroup)
}

/// Gives a cgroup up that the runner could not be put into. Noted, it would be taken
/// for what holds the job together.
fn abandon(folder: &JobFolder, cgroup: &Cgroup) {
    cgroup.remove();
    let _ = folder.forget_cgroup();
}

fn seconds(number: u32) -> Duration {
    Duration::from_secs(number.into())
}
