//! A host: a folder with the programs and the agent's state.

use super::programs::programs;
use super::service::{Service, signal};
use super::{clean, run};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use wire::HostKey;

pub struct Host {
    folder: PathBuf,
    agent: Option<Service>,
    /// More variables for the agent.
    pub environment: Vec<(String, String)>,
    /// A program and its arguments that executes what is put behind them, for
    /// instance in another network namespace.
    pub wrapper: Vec<String>,
    /// How much the agent logs.
    pub log_level: &'static str,
}

impl Host {
    /// Puts the programs into a folder.
    pub fn new(folder: PathBuf, number: u32) -> Self {
        fs::create_dir_all(folder.join("home")).unwrap();
        for program in [&programs().pilot, &programs().art] {
            let place = folder.join(program.file_name().unwrap());
            fs::hard_link(program, &place)
                .or_else(|_| fs::copy(program, &place).map(drop))
                .unwrap();
        }
        let host = Self {
            folder,
            agent: None,
            environment: vec![],
            wrapper: vec![],
            log_level: "debug",
        };
        host.write("machine-id", &format!("{number:032x}\n"));
        host
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    pub fn write(&self, name: &str, text: &str) {
        fs::write(self.path(name), text).unwrap();
    }

    /// The agent's configuration: its state and machine id are in this folder.
    pub fn configure(&self, more: &str) {
        let (state, machine) = (self.state(), self.path("machine-id"));
        let text = format!(
            "PILOT_HOME={}\nPILOT_MACHINE_ID_FILE={}\n{more}\n",
            state.display(),
            machine.display()
        );
        self.write(".pilot", &text);
    }

    /// Where the agent keeps its state.
    pub fn state(&self) -> PathBuf {
        self.path("state")
    }

    pub fn pilot(&self) -> Command {
        let program = self.path("pilot");
        let mut pilot = match self.wrapper.split_first() {
            None => clean(&program),
            Some((wrapper, arguments)) => {
                let mut wrapped = clean(Path::new(wrapper));
                wrapped.args(arguments).arg(program);
                wrapped
            }
        };
        pilot
            .env("HOME", self.path("home"))
            .envs(self.environment.iter().cloned())
            .current_dir(&self.folder);
        pilot
    }

    pub fn start(&mut self) {
        let mut launch = self.pilot();
        launch.env("PILOT_LOG_LEVEL", self.log_level);
        self.agent = Some(Service::start(&mut launch));
    }

    pub fn agent(&self) -> &Service {
        self.agent.as_ref().unwrap()
    }

    /// Whether the agent was started and has not ended.
    pub fn agent_runs(&mut self) -> bool {
        self.agent.as_mut().is_some_and(Service::is_running)
    }

    pub fn take_agent(&mut self) -> Service {
        self.agent.take().unwrap()
    }

    /// Kills the agent, as a power cut would.
    pub fn kill(&mut self) {
        self.take_agent().kill();
    }

    /// The id under which control knows this host.
    pub fn id(&self) -> String {
        run(self.pilot().args(["config", "host-uuid"]))
            .trim()
            .to_owned()
    }

    pub fn fingerprint(&self) -> String {
        self.identity().key.fingerprint()
    }

    /// The host's secret, which a test needs to play its part.
    pub fn identity(&self) -> Identity {
        let record = fs::read_to_string(self.state().join("identity")).unwrap();
        serde_json::from_str(record.split_once('\n').unwrap().1).unwrap()
    }

    /// The folder of a job.
    pub fn job(&self, id: i64) -> PathBuf {
        self.state().join("jobs").join(id.to_string())
    }
}

impl Drop for Host {
    /// A shim outlives its agent by design; a test that failed must not leave
    /// one behind.
    fn drop(&mut self) {
        drop(self.agent.take());
        for pid in processes_below(&self.folder) {
            let _ = signal(pid, "KILL");
        }
    }
}

#[derive(serde::Deserialize)]
pub struct Identity {
    pub host: wire::HostId,
    pub key: HostKey,
}

/// Processes whose current folder lies in `folder`, which jobs and shims have
/// in common.
pub fn processes_below(folder: &Path) -> Vec<u32> {
    let entries = fs::read_dir("/proc").unwrap().filter_map(Result::ok);
    let pids = entries.filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok());
    pids.filter(|pid| {
        let place = fs::read_link(format!("/proc/{pid}/cwd"));
        *pid != std::process::id()
            && place.is_ok_and(|place| place != folder && place.starts_with(folder))
    })
    .collect()
}
