//! `cargo campaign install-test`: the packages on hosts of their own, against a
//! control service on this machine.
//!
//! Needs root, debootstrap and systemd-nspawn, and what `cargo xtask release` and
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
mod tarball;

use clap::ValueEnum;
use release::Source;
use release::failure::{Context, Result, failed};
use release::package::Build;
use std::env;
use std::path::PathBuf;
use std::process::{Command, Stdio};

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
    /// Machines with busybox's init, systemd and OpenRC, and the tarball
    Tarball,
}

impl Host {
    fn run(self, source: &Source, packages: &Packages) -> Result<()> {
        match self {
            Self::Systemd => systemd::run(&source.root, packages),
            Self::Openrc => openrc::run(&source.root, packages),
            Self::Rpm => rpm::run(source, packages),
            Self::Tarball => tarball::run(&source.root, packages),
        }
    }
}

/// Runs the whole life of an installation, on each kind of host.
///
/// # Errors
/// What is not as it should be.
pub(crate) fn run(options: &Options) -> Result<()> {
    let source = Source::find()?;
    let packages = Packages::find(&source, Build::for_tests(options.debug)?)?;
    match options.hosts.as_slice() {
        [host] => host.run(&source, &packages),
        [] => at_once(Host::value_variants(), options.debug),
        hosts => at_once(hosts, options.debug),
    }
}

/// Each kind in a process of its own, at the same time: what they do most is wait.
fn at_once(hosts: &[Host], debug: bool) -> Result<()> {
    let program = env::current_exe().context("cannot find this program")?;
    let mut running = Vec::new();
    for host in hosts.iter().filter_map(Host::to_possible_value) {
        let mut command = Command::new(&program);
        command.args(["install-test", host.get_name()]);
        command.args(debug.then_some("--debug"));
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        let child = command.spawn().context(program.display())?;
        running.push((host, child));
    }
    let mut failures = Vec::new();
    for (host, child) in running {
        let name = host.get_name();
        let output = child.wait_with_output().context(name)?;
        println!("== {name}\n{}", String::from_utf8_lossy(&output.stdout));
        if !output.status.success() {
            let complaint = String::from_utf8_lossy(&output.stderr);
            failures.push(format!("{name}: {complaint}"));
        }
    }
    match failures.as_slice() {
        [] => Ok(()),
        failures => failed(failures.join("\n")),
    }
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
                    "{} does not hold one {end} of each: run `cargo xtask release` and `cargo xtask package` first, \
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
