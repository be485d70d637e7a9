//! A control service and a host, for one fault after another.

use super::leftovers::leftovers;
use super::processes::{is_being_written, processes_of};
use super::running::Running;
use super::strace::{self, Fault, Ground, Point};
use crate::tally_job::TallyJob;
use lab::host::{Host, Identity, processes_below};
use lab::rest::client;
use lab::wait::wait_until;
use lab::{Lab, run};
use serde_json::json;
use std::fs::{self, File};
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::{Duration, UNIX_EPOCH};
use wire::encoding::hex;
use wire::labelled::sha256;
use wire::token::{Request, Token};

/// How often conditions are checked.
pub(super) const LOOK: Duration = Duration::from_millis(20);

/// A sequence number that no host reaches.
const FAR_AHEAD: u64 = 1 << 40;

/// A control service and a host.
pub(super) struct FaultFixture {
    pub(super) lab: Lab,
    pub(super) host: Host,
    /// The job that a fault has to hit: the last one.
    pub(super) job: Option<i64>,
    /// The traces of the recording, if there is one.
    recording: Option<Vec<PathBuf>>,
    number: u32,
}

impl FaultFixture {
    pub(super) fn new() -> Self {
        let lab = Lab::new();
        let host = new_host(&lab);
        run(host
            .pilot()
            .args(["enrol", lab.control.url(), "--code-file", "code"]));
        Self {
            lab,
            host,
            job: None,
            recording: None,
            number: 0,
        }
    }

    /// Replaces the host by one that is not enrolled yet.
    pub(super) fn replace_host(&mut self) {
        self.host = new_host(&self.lab);
        self.job = None;
    }

    /// The state of the host, for the next fault.
    pub(super) fn ground(&self) -> Ground {
        Ground {
            state: self.host.state(),
            job: self.job,
        }
    }

    /// Posts a job whose barrier is `open` or closed; the next fault is to hit it.
    pub(super) fn post(&mut self, open: bool) -> TallyJob {
        self.number += 1;
        let job = TallyJob::post((&self.lab, &self.host), self.number, "tally", open, &[]);
        self.job = Some(job.id);
        job
    }

    /// Makes the host remember a job as one whose folder it has removed.
    pub(super) fn remember(&self, id: i64) {
        let json = json!({"up_to": id, "beyond": []}).to_string();
        let checksum = &hex(&sha256(json.as_bytes()))[..16];
        let record = format!("pilot-record 1 {} {checksum}\n{json}", json.len());
        let jobs = self.host.state().join("jobs");
        fs::create_dir_all(&jobs).unwrap();
        fs::write(jobs.join("remembered"), record).unwrap();
    }

    /// Starts the agent.
    pub(super) fn agent(&mut self, fault: Option<(Fault, &Point)>) -> Running {
        let mut agent = self.host.pilot();
        agent.env("PILOT_WAIT", "2").env("PILOT_LOG_LEVEL", "debug");
        self.start(&agent, fault)
    }

    /// Starts enrolling with the host's code.
    pub(super) fn start_enrolling(&mut self, fault: Option<(Fault, &Point)>) -> Running {
        let mut enrol = self.host.pilot();
        enrol.args(["enrol", self.lab.control.url(), "--code-file", "code"]);
        self.start(&enrol, fault)
    }

    /// Starts preparing the next key, while no agent runs.
    pub(super) fn start_preparing_key(&mut self, fault: Option<(Fault, &Point)>) -> Running {
        let mut prepare = self.host.pilot();
        prepare.args(["key", "rotate"]);
        self.start(&prepare, fault)
    }

    /// Starts the shim of a job that is noted as begun, as the agent does.
    pub(super) fn shim(&mut self, job: &TallyJob, fault: Option<(Fault, &Point)>) -> Running {
        let mut shim = Command::new(self.host.path("pilot"));
        shim.arg("shim").current_dir(self.host.job(job.id));
        let shim = self.command(&shim, fault);
        let mut locked = Command::new("sh");
        locked.args(["-c", "exec 3<>lock && flock -n 3 && exec \"$@\"", "sh"]);
        locked
            .arg(shim.get_program())
            .args(shim.get_args())
            .env_clear();
        locked.env("PATH", std::env::var_os("PATH").unwrap());
        locked.current_dir(self.host.job(job.id));
        self.spawn(&mut locked)
    }

    /// Starts a program of the host under strace.
    pub(super) fn start(&mut self, command: &Command, fault: Option<(Fault, &Point)>) -> Running {
        let mut command = self.command(command, fault);
        self.spawn(&mut command)
    }

    fn command(&mut self, command: &Command, fault: Option<(Fault, &Point)>) -> Command {
        self.number += 1;
        let (out, ground) = (self.trace(), self.ground());
        match &mut self.recording {
            Some(traces) => {
                traces.push(out.clone());
                strace::recorded(command, &out, fault, &ground)
            }
            None => strace::traced(command, &out, fault, &ground),
        }
    }

    /// Begins to record what the host's programs do to files.
    pub(super) fn record(&mut self) {
        self.recording = Some(vec![]);
    }

    /// Ends the recording and returns its traces.
    pub(super) fn recorded(&mut self) -> Vec<String> {
        let traces = self.recording.take().into_iter().flatten();
        traces
            .map(|trace| fs::read_to_string(trace).unwrap_or_default())
            .collect()
    }

    /// Kills all processes of the host at once, and waits until they have ended and their traces
    /// are complete.
    pub(super) fn power_off(&self) {
        let folder = self.host.path("");
        wait_until("the end of all processes of the host", || {
            let alive = processes_of(&folder);
            for pid in &alive {
                let _ = Command::new("kill")
                    .args(["-KILL", pid])
                    .stderr(Stdio::null())
                    .status();
            }
            alive.is_empty().then_some(())
        });
        let traces = self.recording.iter().flatten();
        for trace in traces {
            wait_until("the end of the recording", || {
                (!is_being_written(trace)).then_some(())
            });
        }
    }

    fn trace(&self) -> PathBuf {
        self.lab.path(&format!("trace{}", self.number))
    }

    fn spawn(&mut self, command: &mut Command) -> Running {
        let log = self.lab.path(&format!("log{}", self.number));
        let file = File::create(&log).unwrap();
        command
            .stdin(Stdio::null())
            .stdout(file.try_clone().unwrap())
            .stderr(file);
        Running::new(command.spawn().unwrap(), log, self.trace())
    }

    /// Whether the runner has a package in its cache.
    pub(super) fn has_cache(&self) -> bool {
        let cache = fs::read_dir(self.host.state().join("artisan"));
        let mut names = cache.into_iter().flatten().flatten();
        names.any(|entry| entry.file_name() != "keys")
    }

    /// Empties the runner's cache, so that it has to pull.
    pub(super) fn empty_cache(&self) {
        for entry in fs::read_dir(self.host.state().join("artisan"))
            .into_iter()
            .flatten()
        {
            let path = entry.unwrap().path();
            if path.file_name().is_some_and(|name| name != "keys") {
                let _ = fs::remove_file(&path).or_else(|_| fs::remove_dir_all(&path));
            }
        }
    }

    /// Makes strace execute the runner from now on, with a fault. Returns the path of the trace.
    pub(super) fn trace_runner(&mut self, fault: Option<(Fault, &Point)>) -> PathBuf {
        self.number += 1;
        let [place, runner] = ["art", "art.traced"].map(|name| self.host.path(name));
        if !runner.exists() {
            fs::rename(&place, &runner).unwrap();
        }
        let traced = strace::traced(&Command::new(&runner), &self.trace(), fault, &self.ground());
        let words = traced
            .get_args()
            .map(|word| format!("'{}'", word.to_string_lossy()));
        let script = format!(
            "#!/bin/sh\nexec strace {} \"$@\"\n",
            words.collect::<Vec<_>>().join(" ")
        );
        self.host.write("art", &script);
        fs::set_permissions(&place, fs::Permissions::from_mode(0o755)).unwrap();
        self.trace()
    }

    /// Undoes [`FaultFixture::trace_runner`].
    pub(super) fn release_runner(&self) {
        fs::rename(self.host.path("art.traced"), self.host.path("art")).unwrap();
    }

    /// Whether every job of this host has been reported, no files are left over, and control has
    /// the host's key.
    pub(super) fn is_in_order(&self) -> bool {
        self.all_reported() && leftovers(&self.host.state()).is_empty() && self.is_key_known()
    }

    fn is_key_known(&self) -> bool {
        let Identity { host, key } = self.host.identity();
        let known = self.lab.control.rest().get(&format!("/host/{host}"));
        known["fingerprint"] == key.fingerprint()
    }

    /// Whether control accepts tokens of this identity.
    pub(super) fn is_in_force(&self, identity: &Identity) -> bool {
        let covered = Request {
            method: "POST",
            target: "/ping",
            body: b"",
        };
        let now = UNIX_EPOCH.elapsed().unwrap().as_secs();
        let token = Token::new(&identity.key, identity.host, now, FAR_AHEAD, &covered);
        let ping = client(&self.lab.control.ca()).post(format!("{}/ping", self.lab.control.url()));
        let answer = ping.header("Authorization", token.to_string()).send(b"");
        answer.unwrap().status() != 401
    }

    fn all_reported(&self) -> bool {
        let jobs = fs::read_dir(self.host.state().join("jobs"))
            .into_iter()
            .flatten()
            .flatten();
        let mut folders = jobs.map(|entry| entry.path()).filter(|path| path.is_dir());
        folders.all(|folder| folder.join("reported").exists())
    }

    /// Kills the processes that a job has left.
    pub(super) fn end_leftovers(&self) {
        for pid in processes_below(&self.host.path("")) {
            let _ = Command::new("kill")
                .args(["-KILL", &pid.to_string()])
                .status();
        }
    }
}

fn new_host(lab: &Lab) -> Host {
    let host = lab.host();
    host.write("code", &lab.control.invite());
    host.configure("");
    host
}
