//! A Debian in namespaces of its own (systemd-nspawn(1)), booted by its own init,
//! with this machine's network.

use super::Packages;
use super::root::{self, Base};
use crate::failure::{Context, Result, failed};
use std::fs::{self, File};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};
use tempfile::TempDir;

const PATIENCE: Duration = Duration::from_secs(120);
const PAUSE: Duration = Duration::from_millis(500);

/// What starts and watches a machine's services.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Manager {
    Systemd,
    Openrc,
}

impl Manager {
    fn base(self) -> &'static Base {
        match self {
            Self::Systemd => &root::SYSTEMD,
            Self::Openrc => &root::OPENRC,
        }
    }

    /// Succeeds once the machine has booted.
    fn has_booted(self) -> &'static str {
        match self {
            Self::Systemd => "systemctl is-system-running | grep -E 'running|degraded'",
            Self::Openrc => "rc-status --runlevel | grep -x default",
        }
    }

    /// Shows what the agent last did.
    fn log(self) -> &'static str {
        match self {
            Self::Systemd => "journalctl --no-pager -n 20 -u piloth",
            Self::Openrc => "rc-status; tail -n 20 /var/log/messages; tail -n 20 /var/log/syslog",
        }
    }
}

/// A running machine. Dropping it ends it and removes its files.
pub(super) struct Machine {
    pub(super) manager: Manager,
    nspawn: Child,
    /// Its first process, as this machine knows it.
    leader: String,
    folder: TempDir,
}

impl Machine {
    /// Makes a root, puts the packages into it, and boots it.
    ///
    /// # Errors
    /// When a tool is missing, or it does not boot.
    pub(super) fn boot(manager: Manager, checkout: &Path, packages: &Packages) -> Result<Self> {
        let folder = tempfile::tempdir().context("cannot make a folder")?;
        let root = folder.path().join("root");
        manager.base().copy(checkout, &root)?;
        root::put(&root, &packages.debs)?;
        if manager == Manager::Openrc {
            // As an installer would: nothing there makes one at boot.
            let id = root.join("etc/machine-id");
            fs::write(&id, format!("{:032x}\n", 0x9e37_79b9_u32)).context(id.display())?;
        }
        println!("Booting");
        let nspawn = Command::new("systemd-nspawn")
            .args([
                "--quiet",
                "--register=no",
                "--keep-unit",
                "--boot",
                "--console=pipe",
            ])
            .arg("--directory")
            .arg(&root)
            .stdin(Stdio::null())
            .stdout(File::create(folder.path().join("console")).context("console")?)
            .stderr(Stdio::inherit())
            .spawn()
            .context("cannot run systemd-nspawn (Debian: systemd-container)")?;
        let mut machine = Self {
            manager,
            nspawn,
            leader: String::new(),
            folder,
        };
        machine.leader = machine.find_leader()?;
        machine.wait(manager.has_booted())?;
        Ok(machine)
    }

    fn find_leader(&self) -> Result<String> {
        let children = format!("/proc/{0}/task/{0}/children", self.nspawn.id());
        until("the machine did not start", || {
            let text = fs::read_to_string(&children).unwrap_or_default();
            text.split_whitespace().next().map(str::to_owned)
        })
    }

    /// Runs a shell's command line in it, and returns what it printed.
    ///
    /// # Errors
    /// When it fails.
    pub(super) fn run(&self, line: &str) -> Result<String> {
        let output = self.shell(line)?;
        if output.status.success() {
            return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
        }
        let [said, complained] =
            [&output.stdout, &output.stderr].map(|b| String::from_utf8_lossy(b));
        let log = self.shell(self.manager.log())?.stdout;
        let log = String::from_utf8_lossy(&log);
        failed(format!(
            "{line}: {}\n{said}{complained}{log}",
            output.status
        ))
    }

    /// Runs a command line again and again until it succeeds.
    ///
    /// # Errors
    /// When it does not.
    pub(super) fn wait(&self, line: &str) -> Result<String> {
        let found = until("", || {
            let output = self.shell(line).ok()?;
            let said = || String::from_utf8_lossy(&output.stdout).into_owned();
            output.status.success().then(said)
        });
        // Says what there is to say about it.
        found.or_else(|_| self.run(line))
    }

    fn shell(&self, line: &str) -> Result<Output> {
        Command::new("nsenter")
            .args(["--target", &self.leader, "--all", "sh", "-c", line])
            .stdin(Stdio::null())
            .env("DEBIAN_FRONTEND", "noninteractive")
            .output()
            .context("cannot run nsenter")
    }

    /// Writes a file that its owner alone may read; it is there at once.
    ///
    /// # Errors
    /// When that fails.
    pub(super) fn write(&self, path: &str, owner: &str, text: &str) -> Result<()> {
        fs::write(self.root().join("root/new"), text).context(path)?;
        self.run(&format!(
            "chown {owner}: /root/new; chmod 600 /root/new; mv /root/new {path}"
        ))
        .map(drop)
    }

    /// Copies a folder of this machine into its `/root`.
    ///
    /// # Errors
    /// When that fails.
    pub(super) fn copy(&self, folder: &Path) -> Result<()> {
        let into = self.root().join("root");
        root::succeed(Command::new("cp").arg("-r").arg(folder).arg(into))
    }

    fn root(&self) -> std::path::PathBuf {
        self.folder.path().join("root")
    }

    /// Waits until the agent says this of itself.
    ///
    /// # Errors
    /// When it does not.
    pub(super) fn wait_for_agent(&self, state: State) -> Result<()> {
        let line = match (self.manager, state) {
            (Manager::Systemd, State::Waiting) => {
                "systemctl show -p StatusText piloth | grep waiting"
            }
            (Manager::Systemd, State::Connected) => {
                "systemctl show -p StatusText piloth | grep 'connected to'"
            }
            // OpenRC knows nothing of it.
            (Manager::Openrc, State::Waiting) => {
                "runuser -u piloth -- pilot status --json | grep '\"waiting\": true'"
            }
            (Manager::Openrc, State::Connected) => {
                "runuser -u piloth -- pilot status | grep -E '^link +connected'"
            }
        };
        self.wait(line).map(drop)
    }

    /// The agent's process id.
    ///
    /// # Errors
    /// When it does not run.
    pub(super) fn agent(&self) -> Result<String> {
        self.wait("pgrep -xf '/usr/bin/pilot launch'")
    }

    /// The process id of the shim of a job that runs: the oldest of that name, for
    /// what it forks has it too until it is another program.
    ///
    /// # Errors
    /// When none does.
    pub(super) fn shim(&self) -> Result<String> {
        self.wait("pgrep -oxf 'pilot shim'")
    }
}

/// How an agent stands.
#[derive(Clone, Copy)]
pub(super) enum State {
    /// For somebody to enrol the host.
    Waiting,
    /// To control.
    Connected,
}

impl Drop for Machine {
    fn drop(&mut self) {
        let _ = self.shell("poweroff");
        let is_off = || self.nspawn.try_wait().ok().flatten();
        if until("", is_off).is_err() {
            // The end of its first process is the end of all.
            let _ = Command::new("kill").args(["-KILL", &self.leader]).status();
            let _ = self.nspawn.wait();
        }
    }
}

/// Asks until there is an answer.
///
/// # Errors
/// When there is none in time.
pub(super) fn until<T>(what: &str, mut ask: impl FnMut() -> Option<T>) -> Result<T> {
    let deadline = Instant::now() + PATIENCE;
    loop {
        if let Some(answer) = ask() {
            return Ok(answer);
        }
        if Instant::now() > deadline {
            return failed(what);
        }
        std::thread::sleep(PAUSE);
    }
}
