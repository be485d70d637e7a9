//! `cargo xtask install-test`: the packages on hosts of their own, against a
//! control service on this machine.
//!
//! Needs root, debootstrap and systemd-nspawn, and what `cargo xtask dist` and
//! `cargo xtask package` made for this machine's architecture.

mod busybox;
mod by_hand;
mod control;
mod itself;
mod life;
mod machine;
mod manager;
mod managing;
mod moving;
mod openrc;
mod packager;
mod root;
mod rpm;
mod second;
mod systemd;

use crate::dist::Source;
use crate::failure::{Result, failed};
use crate::package::Build;
use clap::ValueEnum;
use std::path::PathBuf;

/// Where it is tried.
#[derive(clap::Args)]
pub(crate) struct Options {
    /// A kind of host; may be repeated (default: all of them)
    hosts: Vec<Host>,
    /// Take the packages of `cargo xtask package --debug`
    #[arg(long)]
    debug: bool,
}

/// What starts services on a host, or installs packages.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Host {
    /// A Debian with systemd
    Systemd,
    /// A Debian with System V's init and OpenRC
    Openrc,
    /// A machine with systemd and rpm
    Rpm,
    /// A machine with busybox's init, and the tarball
    Tarball,
}

/// Runs the whole life of an installation, on one kind of host after another.
///
/// # Errors
/// What is not as it should be.
pub(crate) fn run(options: &Options) -> Result<()> {
    let source = Source::find()?;
    let packages = Packages::find(&source, Build::for_tests(options.debug)?)?;
    for &host in Host::value_variants() {
        if !options.hosts.is_empty() && !options.hosts.contains(&host) {
            continue;
        }
        match host {
            Host::Systemd => systemd::run(&source.root, &packages)?,
            Host::Openrc => openrc::run(&source.root, &packages)?,
            Host::Rpm => rpm::run(&source, &packages)?,
            Host::Tarball => busybox::run(&source.root, &packages)?,
        }
    }
    Ok(())
}

/// What is installed.
struct Packages {
    /// Where packages and programs are.
    folder: PathBuf,
    build: Build,
}

impl Packages {
    fn find(source: &Source, build: Build) -> Result<Self> {
        let folder = build.folder(source);
        let packages = Self { folder, build };
        for (end, count) in [(".deb", 3), (".rpm", 3), (".tar.gz", 1)] {
            if packages.files(end).len() != count {
                return failed(format!(
                    "{} does not hold one {end} of each: run `cargo xtask dist` and `cargo xtask package` first, \
                     or `cargo xtask package --debug` and this with --debug",
                    packages.folder.display()
                ));
            }
        }
        Ok(packages)
    }

    fn files(&self, end: &str) -> Vec<PathBuf> {
        let entries = std::fs::read_dir(&self.folder).into_iter().flatten();
        let paths = entries.flatten().map(|entry| entry.path());
        paths
            .filter(|path| path.to_string_lossy().ends_with(end))
            .collect()
    }
}
