//! A control service and a host, for one fault after the other.

use super::leftovers::leftovers;
use super::processes::{is_being_written, processes_of};
use super::running::Running;
use super::strace::{self, Fault, Ground, Point};
use lab::host::{Host, Identity, processes_below};
use lab::rest::client;
use lab::wait::wait_until;
use lab::{Gate, Lab, run};
use serde_json::{Value, json};
use std::fs::{self, File};
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::{Duration, UNIX_EPOCH};
use wire::encoding::hex;
use wire::labelled::sha256;
use wire::token::{Request, Token};

/// How often what has no event is looked at.
pub(super) const LOOK: Duration = Duration::from_millis(20);

/// A sequence number that no host gets to.
const FAR_AHEAD: u64 = 1 << 40;

/// A control service and a host.
pub(super) struct Site {
    pub(super) lab: Lab,
    pub(super) host: Host,
    /// The job that a fault is to hit, which was posted last.
    pub(super) job: Option<i64>,
    /// The traces of a recording, while there is one.
    recording: Option<Vec<PathBuf>>,
    number: u32,
}

/// A job and what it leaves to be seen.
pub(super) struct Job {
    pub(super) id: i64,
    gate: PathBuf,
    tally: PathBuf,
}

impl Site {
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

    /// A host that is not enrolled yet takes the place of the one there was.
    pub(super) fn replace_host(&mut self) {
        self.host = new_host(&self.lab);
        self.job = None;
    }

    /// Where the next fault is to happen.
    pub(super) fn ground(&self) -> Ground {
        Ground {
            state: self.host.state(),
            job: self.job,
        }
    }

    /// Posts a job of a function that counts its runs and then waits at a gate,
    /// which is `open` or not.
    pub(super) fn post(&mut self, open: bool) -> Job {
        self.number += 1;
        let [gate, tally] =
            ["gate", "tally"].map(|name| self.lab.path(&format!("{name}{}", self.number)));
        if open {
            fs::write(&gate, "go\n").unwrap();
        } else {
            Gate::make(&gate);
        }
        let inputs = [
            ("GATE", gate.to_str().unwrap()),
            ("TALLY", tally.to_str().unwrap()),
        ];
        self.lab.command("tally", &inputs, json!({}));
        let id = self.lab.job("tally", &[&self.host])[0];
        self.job = Some(id);
        Job { id, gate, tally }
    }

    /// Has the host remember a job as one whose folder it has cleared away.
    pub(super) fn remember(&self, id: i64) {
        let json = json!({"up_to": id, "beyond": []}).to_string();
        let checksum = &hex(&sha256(json.as_bytes()))[..16];
        let record = format!("pilot-record 1 {} {checksum}\n{json}", json.len());
        let jobs = self.host.state().join("jobs");
        fs::create_dir_all(&jobs).unwrap();
        fs::write(jobs.join("remembered"), record).unwrap();
    }

    /// What control knows of a job.
    pub(super) fn told(&self, job: &Job) -> Value {
        self.lab.control.rest().get(&format!("/job/{}", job.id))
    }

    /// How often control says that it recorded a result of a job. An exchange that
    /// its host breaks off at that moment leaves it without a word.
    pub(super) fn records(&self, job: &Job) -> usize {
        let log = self.lab.control.service().log();
        let is_it = |line: &&str| {
            line.contains("recorded a result") && line.contains(&format!("job={} ", job.id))
        };
        log.lines().filter(is_it).count()
    }

    /// Starts the agent.
    pub(super) fn agent(&mut self, fault: Option<(Fault, &Point)>) -> Running {
        let mut agent = self.host.pilot();
        agent.env("PILOT_WAIT", "2").env("PILOT_LOG_LEVEL", "debug");
        self.start(&agent, fault)
    }

    /// Starts enrolling, with the code that the host has.
    pub(super) fn start_enrolling(&mut self, fault: Option<(Fault, &Point)>) -> Running {
        let mut enrol = self.host.pilot();
        enrol.args(["enrol", self.lab.control.url(), "--code-file", "code"]);
        self.start(&enrol, fault)
    }

    /// Starts preparing another key for the host, beside no agent.
    pub(super) fn start_preparing_key(&mut self, fault: Option<(Fault, &Point)>) -> Running {
        let mut prepare = self.host.pilot();
        prepare.args(["key", "rotate"]);
        self.start(&prepare, fault)
    }

    /// Starts the shim of a job that is noted as begun, as the agent does.
    pub(super) fn shim(&mut self, job: &Job, fault: Option<(Fault, &Point)>) -> Running {
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

    /// Records from now on what the host's programs do to files.
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

    /// Ends all that runs on the host at once, and waits until nothing does and
    /// all of it is written down.
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

    /// Whether the runner keeps a package.
    pub(super) fn has_cache(&self) -> bool {
        let cache = fs::read_dir(self.host.state().join("artisan"));
        let mut names = cache.into_iter().flatten().flatten();
        names.any(|entry| entry.file_name() != "keys")
    }

    /// Has the runner pull what it needs: it keeps no package.
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

    /// Has strace execute the runner from now on, with a fault. Returns where it
    /// writes to.
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

    /// Has the runner executed as always.
    pub(super) fn release_runner(&self) {
        fs::rename(self.host.path("art.traced"), self.host.path("art")).unwrap();
    }

    /// Whether every job on this host has been reported, nothing is left that
    /// nobody needs, and control goes by the host's key.
    pub(super) fn is_in_order(&self) -> bool {
        self.all_reported() && leftovers(&self.host.state()).is_empty() && self.is_key_known()
    }

    fn is_key_known(&self) -> bool {
        let Identity { host, key } = self.host.identity();
        let known = self.lab.control.rest().get(&format!("/host/{host}"));
        known["fingerprint"] == key.fingerprint()
    }

    /// Whether control would still answer the host by this identity.
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

    /// Kills whatever a job has left.
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

impl Job {
    /// How often the function began.
    pub(super) fn runs(&self) -> usize {
        fs::read_to_string(&self.tally)
            .unwrap_or_default()
            .lines()
            .count()
    }

    /// Waits until the function has come to the gate.
    pub(super) fn reached(&self) -> Gate {
        Gate::reached(&self.gate)
    }
}
