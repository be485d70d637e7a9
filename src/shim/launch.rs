//! Starting the runner.

use super::handover::Handover;
use super::job_user;
use crate::containment::cgroup::Cgroup;
use crate::spool::folder::JobFolder;
use crate::spool::spec::Spec;
use crate::storage;
use crate::sys::fork::{Fork, exit_now, fork};
use crate::sys::limits::{Resource, limit, no_new_privileges};
use crate::sys::pipe::{Pipe, pipe};
use crate::sys::poll::wait_readable;
use crate::sys::process::{self, Pid};
use crate::sys::signals;
use crate::sys::user::Account;
use std::ffi::OsStr;
use std::fs::File;
use std::io::{self, Read, Write};
use std::os::fd::AsFd;
use std::os::unix::fs::OpenOptionsExt;
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use wire::command::Limits;

/// A runner that was started.
pub(super) struct Launched {
    /// Its process, which leads a group and a session.
    pub(super) art: Pid,
    /// Where both of its output streams come out.
    pub(super) output: File,
    /// Whether the runner is in the job's cgroup.
    pub(super) contained: bool,
    /// The socket on which the runner asks before it goes on, if it has to.
    pub(super) asked: Option<UnixStream>,
}

/// Under qemu-user, a process cannot adopt orphans.
fn uncontained(error: io::Error) -> io::Error {
    io::Error::other(format!(
        "this kernel does not let the job's shim adopt orphans ({error}), and there is no cgroup: give the agent one that \
         it may write"
    ))
}

/// Starts `art exe PACKAGE FUNCTION`, in a cgroup if there is one; it needs one where this
/// process cannot adopt orphans.
///
/// # Errors
/// When there is no room for a process, the runner cannot be executed, or its processes could
/// not be found again.
pub(super) fn launch(
    folder: &JobFolder,
    spec: &Spec,
    cgroup: Option<&Cgroup>,
    adopts: io::Result<()>,
) -> io::Result<Launched> {
    let work = folder.work_folder();
    storage::make_private_folder(&work)?;
    let work = work.canonicalize()?;
    let mut environment = complete_environment(folder, spec, &work)?;
    let user = spec.job_policy.user.as_deref();
    let account = user.map(job_user::account).transpose()?;
    if let Some(account) = &account {
        job_user::settle(account, folder, &work, &mut environment)?;
    }
    let kept = account.as_ref().map(|_| kept_package(folder, spec));
    let mut handover = Handover::of(spec, environment, kept.transpose()?)?;
    let output = pipe()?;
    let mut failure = pipe()?;
    let mut barrier = pipe()?;
    let shim = Pid::own();
    match fork()? {
        Fork::Child => {
            drop(barrier.writer);
            let error = wait_at(&mut barrier.reader).map_or_else(
                |error| error,
                |()| become_runner(spec, shim, account.as_ref(), &work, &handover, &output),
            );
            // If this write fails, the exit code reports the error.
            let _ = failure
                .writer
                .write_all(&error.raw_os_error().unwrap_or_default().to_ne_bytes());
            exit_now(127)
        }
        Fork::Parent(art) => {
            drop((output.writer, failure.writer));
            // Before it can fork anything.
            let contained = contain(art, cgroup, adopts)?;
            barrier.writer.write_all(b"g")?;
            executed(spec, &mut failure.reader)?;
            Ok(Launched {
                art,
                output: output.reader,
                contained,
                asked: handover.asked.take(),
            })
        }
    }
}

/// Adds the runner to the job's cgroup, and returns whether it is in one. Without a cgroup,
/// this process has to adopt orphans.
fn contain(art: Pid, cgroup: Option<&Cgroup>, adopts: io::Result<()>) -> io::Result<bool> {
    let contained = cgroup.is_some_and(|cgroup| cgroup.add(art).is_ok());
    if !contained {
        adopts.map_err(uncontained)?;
    }
    Ok(contained)
}

/// Waits until the runner is executed, or could not be.
fn executed(spec: &Spec, failure: &mut File) -> io::Result<()> {
    exec_error(failure)?.map_or(Ok(()), |error| {
        Err(io::Error::new(
            error.kind(),
            format!("{}: {error}", spec.art.display()),
        ))
    })
}

/// Where the runner keeps the package for the next job of the same name. Only a runner has
/// the descriptor, and verifies what it finds there.
fn kept_package(folder: &JobFolder, spec: &Spec) -> io::Result<File> {
    let path = folder.beside("packages", &spec.package)?;
    let mut options = File::options();
    let options = options.read(true).write(true).create(true).truncate(false);
    options.mode(0o600).open(path)
}

fn complete_environment(
    folder: &JobFolder,
    spec: &Spec,
    work: &std::path::Path,
) -> io::Result<Vec<(String, String)>> {
    let mut environment = spec.environment.clone();
    // All that the job makes lies in one folder, which is removed as a whole.
    for (name, path) in [
        ("ART_PHASE_FILE", folder.phase_pipe().canonicalize()?),
        ("ART_RUN_FOLDER", work.to_path_buf()),
        ("TMPDIR", work.to_path_buf()),
    ] {
        environment.push((name.to_owned(), path.display().to_string()));
    }
    Ok(environment)
}

/// Waits until the shim lets the child go on; it does not if it has died.
fn wait_at(barrier: &mut File) -> io::Result<()> {
    wait_readable([Some(barrier.as_fd())])?;
    barrier.read_exact(&mut [0])
}

/// Runs in the child; returns only when something failed.
fn become_runner(
    spec: &Spec,
    shim: Pid,
    account: Option<&Account>,
    work: &PathBuf,
    handover: &Handover,
    output: &Pipe,
) -> io::Error {
    let prepare = || -> io::Result<()> {
        signals::restore_defaults();
        process::new_session()?;
        limit(Resource::Core, 0)?;
        apply(&spec.limits)?;
        account.map_or(Ok(()), Account::assume)?;
        // A change of user would take this back.
        process::die_with(shim)?;
        if spec.job_policy.no_new_privileges {
            no_new_privileges()?;
        }
        process::umask(0o022);
        std::env::set_current_dir(work)?;
        match &handover.socket {
            Some(socket) => process::duplicate_onto(socket.as_fd(), 0)?,
            None => process::duplicate_onto(File::open("/dev/null")?.as_fd(), 0)?,
        }
        process::duplicate_onto(output.writer.as_fd(), 1)?;
        process::duplicate_onto(output.writer.as_fd(), 2)?;
        process::close_on_exec_from(3);
        Ok(())
    };
    match prepare() {
        Ok(()) => {
            let option = handover.socket.as_ref().map(|_| "--supervised");
            let arguments = ["art", "exe"].into_iter().chain(option);
            let arguments = arguments.chain([&*spec.package, &*spec.function]);
            let arguments: Vec<_> = arguments.map(OsStr::new).collect();
            process::execute(&spec.art, &arguments, &handover.environment)
        }
        Err(error) => error,
    }
}

fn apply(limits: &Limits) -> io::Result<()> {
    for (resource, most) in [
        (Resource::Memory, limits.memory),
        (Resource::FileSize, limits.file_size),
        (Resource::Descriptors, limits.descriptors),
        (Resource::Processes, limits.processes),
        (Resource::ProcessorTime, limits.cpu),
    ] {
        most.map_or(Ok(()), |most| limit(resource, most))?;
    }
    Ok(())
}

/// The pipe closes by itself when the execution succeeds; `errno` comes
/// through it otherwise.
fn exec_error(reader: &mut File) -> io::Result<Option<io::Error>> {
    let mut number = [0; 4];
    loop {
        wait_readable([Some(reader.as_fd())])?;
        match reader.read(&mut number) {
            Ok(4) => {
                return Ok(Some(io::Error::from_raw_os_error(i32::from_ne_bytes(
                    number,
                ))));
            }
            Ok(_) => return Ok(None),
            Err(error)
                if matches!(
                    error.kind(),
                    io::ErrorKind::WouldBlock | io::ErrorKind::Interrupted
                ) => {}
            Err(error) => return Err(error),
        }
    }
}
