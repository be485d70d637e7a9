//! `cargo xtask install-test`: the packages on hosts of their own, against a
//! control service on this machine.
//!
//! Needs root, debootstrap and systemd-nspawn, and what `cargo xtask dist` and
//! `cargo xtask package` made for this machine's architecture.

mod control;
mod itself;
mod life;
mod machine;
mod managing;
mod moving;
mod openrc;
mod root;
mod second;
mod systemd;

use crate::dist::{self, Source};
use crate::failure::{Result, failed};
use crate::package;
use clap::ValueEnum;
use std::path::{Path, PathBuf};

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
}

/// Runs the whole life of an installation, on one kind of host after another.
///
/// # Errors
/// What is not as it should be.
pub(crate) fn run(options: &Options) -> Result<()> {
    let source = Source::find()?;
    let folder = if options.debug {
        package::debug_folder(&source)
    } else {
        dist::folder(&source).join(format!("{}-unknown-linux-musl", std::env::consts::ARCH))
    };
    let packages = Packages::find(folder)?;
    for &host in Host::value_variants() {
        if !options.hosts.is_empty() && !options.hosts.contains(&host) {
            continue;
        }
        match host {
            Host::Systemd => systemd::run(&source.root, &packages)?,
            Host::Openrc => openrc::run(&source.root, &packages)?,
        }
    }
    Ok(())
}

/// What is installed.
struct Packages {
    /// Where packages and programs are.
    folder: PathBuf,
    debs: Vec<PathBuf>,
}

impl Packages {
    fn find(folder: PathBuf) -> Result<Self> {
        let debs = files(&folder, "deb");
        if debs.len() != 3 {
            return failed(format!(
                "{} does not hold one .deb of each: run `cargo xtask dist` and `cargo xtask package` first, \
                 or `cargo xtask package --debug` and this with --debug",
                folder.display()
            ));
        }
        Ok(Self { folder, debs })
    }
}

fn files(folder: &Path, extension: &str) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let paths = entries.map(|entry| entry.path());
    paths
        .filter(|path| path.extension().is_some_and(|found| found == extension))
        .collect()
}
