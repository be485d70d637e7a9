//! A Debian with systemd in namespaces of its own (systemd-nspawn(1)), with this
//! machine's network.

use crate::failure::{Context, Result, failed};
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use tempfile::TempDir;

const PATIENCE: Duration = Duration::from_secs(120);
const PAUSE: Duration = Duration::from_millis(500);

/// What a host usually has, beside the base system.
const INCLUDED: &str = "systemd,systemd-sysv,dbus,sudo,adduser,ca-certificates,procps";

/// A running machine. Dropping it ends it and removes its files.
pub(super) struct Machine {
    nspawn: Child,
    /// Its first process, as this machine knows it.
    leader: String,
    folder: TempDir,
}

impl Machine {
    /// Makes a root, puts the packages into it, and boots it.
    ///
    /// # Errors
    /// When a tool or a package is missing, or it does not boot.
    pub(super) fn boot(checkout: &Path, programs: &Path) -> Result<Self> {
        let packages = super::packages(programs)?;
        let folder = tempfile::tempdir().context("cannot make a folder")?;
        let root = folder.path().join("root");
        let base = base(checkout)?;
        succeed(Command::new("cp").arg("-a").arg(base).arg(&root))?;
        for package in packages {
            let place = root
                .join("root")
                .join(package.file_name().unwrap_or_default());
            fs::copy(&package, place).context(package.display())?;
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
            nspawn,
            leader: String::new(),
            folder,
        };
        machine.leader = machine.find_leader()?;
        machine.wait("systemctl is-system-running | grep -E 'running|degraded'")?;
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
        let log = self.shell("journalctl --no-pager -n 20 -u piloth")?.stdout;
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

    fn shell(&self, line: &str) -> Result<std::process::Output> {
        Command::new("nsenter")
            .args(["--target", &self.leader, "--all", "sh", "-c", line])
            .env("DEBIAN_FRONTEND", "noninteractive")
            .output()
            .context("cannot run nsenter")
    }

    /// Writes a file that its owner alone may read; it is there at once.
    ///
    /// # Errors
    /// When that fails.
    pub(super) fn write(&self, path: &str, owner: &str, text: &str) -> Result<()> {
        let root = self.folder.path().join("root");
        fs::write(root.join("root/new"), text).context(path)?;
        self.run(&format!(
            "chown {owner}: /root/new; chmod 600 /root/new; mv /root/new {path}"
        ))
        .map(drop)
    }
}

impl Drop for Machine {
    fn drop(&mut self) {
        let _ = self.shell("systemctl poweroff");
        let is_off = || self.nspawn.try_wait().ok().flatten();
        if until("", is_off).is_err() {
            // The end of its first process is the end of all.
            let _ = Command::new("kill").args(["-KILL", &self.leader]).status();
            let _ = self.nspawn.wait();
        }
    }
}

/// A Debian that is made once and copied for every run.
fn base(checkout: &Path) -> Result<PathBuf> {
    let base = checkout.join("target/dist/roots/bookworm");
    if !base.is_dir() {
        println!("Making a Debian (once; this takes minutes)");
        let partial = base.with_extension("partial");
        let _ = fs::remove_dir_all(&partial);
        fs::create_dir_all(&partial).context(partial.display())?;
        let mut debootstrap = Command::new("debootstrap");
        debootstrap
            .args(["--variant=minbase", "--include", INCLUDED, "bookworm"])
            .arg(&partial)
            .arg("http://deb.debian.org/debian");
        succeed(&mut debootstrap)?;
        fs::rename(&partial, &base).context(base.display())?;
    }
    Ok(base)
}

fn succeed(command: &mut Command) -> Result<()> {
    let name = command.get_program().to_string_lossy().into_owned();
    let output = command
        .output()
        .context(format_args!("cannot run {name}"))?;
    match output.status.success() {
        true => Ok(()),
        false => failed(format!(
            "{name}: {}",
            String::from_utf8_lossy(&output.stderr)
        )),
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
