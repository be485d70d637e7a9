//! A Debian in namespaces of its own (systemd-nspawn(1)), booted by its own init,
//! with this machine's network.

use super::Packages;
use super::manager::{Manager, State};
use super::packager::Packager;
use super::root::{self, Base};
use lab::wait::within;
use release::failure::{Context, Result, failed};
use std::fs::{self, File};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::time::Duration;
use tempfile::TempDir;

const PATIENCE: Duration = Duration::from_secs(120);
const PAUSE: Duration = Duration::from_millis(500);

/// The parts of a machine.
pub(super) struct Kind {
    pub(super) base: &'static Base,
    pub(super) manager: Manager,
    pub(super) packager: &'static Packager,
}

/// A running machine. Dropping it shuts it down and removes its files.
pub(super) struct Machine {
    pub(super) manager: Manager,
    pub(super) packager: &'static Packager,
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
    pub(super) fn boot(kind: &Kind, checkout: &Path, packages: &Packages) -> Result<Self> {
        let folder = tempfile::tempdir().context("cannot make a folder")?;
        let root = folder.path().join("root");
        kind.base.copy(checkout, &root)?;
        root::put(&root, &packages.files(kind.packager.files))?;
        if !kind.manager.makes_machine_id() {
            // An installer does this too: nothing else creates the machine id.
            let id = root.join("etc/machine-id");
            fs::write(&id, format!("{:032x}\n", 0x9e37_79b9_u32)).context(id.display())?;
        }
        let mut machine = Self {
            manager: kind.manager,
            packager: kind.packager,
            nspawn: start(folder.path())?,
            leader: String::new(),
            folder,
        };
        machine.wait_for_boot()?;
        Ok(machine)
    }

    /// Shuts it down and boots it again.
    ///
    /// # Errors
    /// When it does not boot.
    pub(super) fn reboot(&mut self) -> Result<()> {
        self.shut_down();
        self.nspawn = start(self.folder.path())?;
        self.wait_for_boot()
    }

    fn wait_for_boot(&mut self) -> Result<()> {
        self.leader = self.find_leader()?;
        self.wait(self.manager.has_booted()).map(drop)
    }

    fn shut_down(&mut self) {
        let _ = self.shell("poweroff");
        let nspawn = &mut self.nspawn;
        if until("", || nspawn.try_wait().ok().flatten()).is_err() {
            // All processes end with the first one.
            let kill = Command::new("kill").args(["-KILL", &self.leader]).status();
            if !kill.is_ok_and(|status| status.success()) {
                let _ = self.nspawn.kill();
            }
            let _ = self.nspawn.wait();
        }
    }

    fn find_leader(&self) -> Result<String> {
        let children = format!("/proc/{0}/task/{0}/children", self.nspawn.id());
        until("the machine did not start", || {
            let text = fs::read_to_string(&children).unwrap_or_default();
            let mut children = text.split_whitespace();
            children.find(|child| is_first(child)).map(str::to_owned)
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
        let log = self.log()?;
        failed(format!(
            "{line}: {}\n{said}{complained}{log}",
            output.status
        ))
    }

    /// What the agent last did.
    fn log(&self) -> Result<String> {
        let Some(line) = self.manager.log() else {
            let console = self.folder.path().join("console");
            return fs::read_to_string(&console).context(console.display());
        };
        let log = self.shell(line)?.stdout;
        Ok(String::from_utf8_lossy(&log).into_owned())
    }

    /// Repeats a command line until it succeeds.
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

    /// Waits until this user has no process. A process that has released its locks may still be
    /// about to end.
    ///
    /// # Errors
    /// What still runs.
    pub(super) fn wait_for_end_of(&self, user: &str) -> Result<()> {
        self.wait(&format!("! pgrep -l -u {user}")).map(drop)
    }

    fn shell(&self, line: &str) -> Result<Output> {
        Command::new("nsenter")
            .args(["--target", &self.leader, "--all", "sh", "-c", line])
            .stdin(Stdio::null())
            .env("DEBIAN_FRONTEND", "noninteractive")
            .output()
            .context("cannot run nsenter")
    }

    /// Writes a file, in one step, that only its owner may read.
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

    /// Copies a file or folder of this machine into its `/root`.
    ///
    /// # Errors
    /// When that fails.
    pub(super) fn copy(&self, from: &Path) -> Result<()> {
        let into = self.root().join("root");
        root::succeed(Command::new("cp").arg("-r").arg(from).arg(into))
    }

    fn root(&self) -> std::path::PathBuf {
        self.folder.path().join("root")
    }

    /// Waits until the agent reports this state.
    ///
    /// # Errors
    /// When it does not.
    pub(super) fn wait_for_agent(&self, state: State) -> Result<()> {
        self.wait(self.manager.shows(state)).map(drop)
    }

    /// The agent's process id.
    ///
    /// # Errors
    /// When it does not run.
    pub(super) fn agent(&self) -> Result<String> {
        self.wait(self.manager.agent())
    }

    /// The process id of the shim of the running job: the oldest of that name, since its children
    /// have the name too until they execute another program.
    ///
    /// # Errors
    /// When none does.
    pub(super) fn shim(&self) -> Result<String> {
        self.wait("pgrep -oxf 'pilot shim'")
    }
}

impl Drop for Machine {
    fn drop(&mut self) {
        self.shut_down();
    }
}

/// Whether a process is the first one of a machine (`NSpid` in proc_pid_status(5)): systemd-nspawn has
/// other children while it sets the machine up.
fn is_first(process: &str) -> bool {
    let status = fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
    let ids = status.lines().find_map(|line| line.strip_prefix("NSpid:"));
    ids.is_some_and(|ids| ids.split_whitespace().skip(1).last() == Some("1"))
}

/// Starts what boots the root in a folder.
fn start(folder: &Path) -> Result<Child> {
    println!("Booting");
    let name = folder.file_name().unwrap_or_default().to_string_lossy();
    let console = File::create(folder.join("console")).context("console")?;
    Command::new("systemd-nspawn")
        .args([
            "--quiet",
            "--register=no",
            "--keep-unit",
            "--boot",
            "--console=pipe",
        ])
        // Two at a time have to have different ones.
        .arg("--machine")
        .arg(name.trim_matches('.'))
        .arg("--directory")
        .arg(folder.join("root"))
        .stdin(Stdio::null())
        .stderr(console.try_clone().context("console")?)
        .stdout(console)
        .spawn()
        .context("cannot run systemd-nspawn (Debian: systemd-container)")
}

/// Repeats `ask` until there is an answer.
///
/// # Errors
/// When there is none in time.
pub(super) fn until<T>(what: &str, ask: impl FnMut() -> Option<T>) -> Result<T> {
    within(PATIENCE, PAUSE, ask).map_or_else(|| failed(what), Ok)
}
