//! Debian roots: made once with debootstrap(8), copied for every machine.

use release::failure::{Context, Result, failed};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A kind of root.
pub(super) struct Base {
    name: &'static str,
    /// What it has beside the essential packages.
    included: &'static str,
    /// What debootstrap cannot choose, and apt-get installs.
    added: &'static [&'static str],
    /// A shell's command line that does the rest, in the root.
    set_up: &'static str,
}

/// What a host with systemd usually has.
pub(super) const SYSTEMD: Base = Base {
    name: "bookworm",
    included: "systemd,systemd-sysv,dbus,sudo,adduser,ca-certificates,procps",
    added: &[],
    set_up: "true",
};

/// The same with rpm(8) and what makes a package.
pub(super) const RPM: Base = Base {
    name: "rpm",
    included: "systemd,systemd-sysv,dbus,ca-certificates,procps,rpm",
    added: &[],
    set_up: "true",
};

/// busybox's init, and none that has services.
pub(super) const BUSYBOX: Base = Base {
    name: "busybox",
    included: "busybox-static,ca-certificates,procps",
    added: &[],
    set_up: "ln -s /bin/busybox /sbin/init; ln -s /bin/busybox /sbin/poweroff; \
        echo '::sysinit:/bin/touch /run/booted' > /etc/inittab",
};

/// System V's init with OpenRC, which starts and supervises the services.
pub(super) const OPENRC: Base = Base {
    name: "openrc",
    included: "adduser,ca-certificates,procps,sudo,iproute2",
    added: &[
        "openrc",
        "sysvinit-core",
        "orphan-sysvinit-scripts",
        "ifupdown",
        "busybox-syslogd",
        "bsdutils",
    ],
    set_up: "true",
};

impl Base {
    /// Copies it to `place`.
    ///
    /// # Errors
    /// When it cannot be made or copied.
    pub(super) fn copy(&self, checkout: &Path, place: &Path) -> Result<()> {
        let base = self.make(checkout)?;
        succeed(Command::new("cp").arg("-a").arg(base).arg(place))
    }

    fn make(&self, checkout: &Path) -> Result<PathBuf> {
        let base = checkout.join("target/dist/roots").join(self.name);
        if !base.is_dir() {
            println!("Making a Debian (once; this takes minutes)");
            let partial = base.with_extension("partial");
            let _ = fs::remove_dir_all(&partial);
            fs::create_dir_all(&partial).context(partial.display())?;
            let mut debootstrap = Command::new("debootstrap");
            debootstrap
                .args(["--variant=minbase", "--include", self.included, "bookworm"])
                .arg(&partial)
                .arg("http://deb.debian.org/debian");
            succeed(&mut debootstrap)?;
            self.add(&partial)?;
            let mut set_up = Command::new("chroot");
            set_up.arg(&partial).args(["sh", "-ec", self.set_up]);
            succeed(&mut set_up)?;
            fs::rename(&partial, &base).context(base.display())?;
        }
        Ok(base)
    }

    fn add(&self, root: &Path) -> Result<()> {
        if self.added.is_empty() {
            return Ok(());
        }
        let mut install = Command::new("chroot");
        install
            .arg(root)
            .args(["apt-get", "install", "-q", "-y", "--no-install-recommends"])
            .args(self.added)
            .env("DEBIAN_FRONTEND", "noninteractive");
        succeed(&mut install)
    }
}

/// Puts files into a root's `/root`.
///
/// # Errors
/// When one cannot be copied.
pub(super) fn put(root: &Path, files: &[PathBuf]) -> Result<()> {
    for file in files {
        let place = root.join("root").join(file.file_name().unwrap_or_default());
        fs::copy(file, place).context(file.display())?;
    }
    Ok(())
}

/// Runs a command that has to succeed.
///
/// # Errors
/// What it says when it does not.
pub(super) fn succeed(command: &mut Command) -> Result<()> {
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
