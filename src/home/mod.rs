//! The agent's home: one folder for all state, of one user, for one agent.
#![forbid(unsafe_code)]

pub(crate) mod emptying;
mod fragments;
mod lock;

pub(crate) use fragments::make_good;
pub(crate) use lock::{Activity, activity, agent, lock, seize, take_instance_lock, try_lock};

use crate::config::Config;
use crate::failure::{Failure, Kind};
use crate::log;
use crate::storage;
use crate::sys::user;
use std::fmt::Display;
use std::fs;
use std::io::{self, ErrorKind};
use std::os::unix::fs::MetadataExt;
use std::path::Path;

/// Everybody may make files in such a folder: it is no one's home (chmod(2)).
const STICKY: u32 = 0o1000;

/// Makes the home, or sees to it that it is this user's alone.
///
/// # Errors
/// When it cannot be made, or belongs to another user.
pub(crate) fn prepare(config: &Config) -> Result<(), Failure> {
    let home = config.home.display();
    let unusable = |error: io::Error| unusable(&config.home, &error);
    storage::make_private_folder(&config.home).map_err(unusable)?;
    refuse_another_users(config)?;
    let found = fs::metadata(&config.home).map_err(unusable)?;
    // The program's own folder may be meant for everybody.
    // Jobs of another user pass through it.
    let left = config.job_policy.user.as_ref().map_or(0, |_| 0o011);
    let is_only_home = config.home != config.program_folder && found.mode() & STICKY == 0;
    if is_only_home && storage::close_to_others(&config.home, left).map_err(unusable)? {
        log::warning!("{home} was open to other users; it is closed to them now");
    }
    Ok(())
}

/// Refuses a home of another user: files that this one made in it could not be
/// read by the agent.
///
/// # Errors
/// When it is one, with how to run a command as that user.
pub(crate) fn refuse_another_users(config: &Config) -> Result<(), Failure> {
    let home = config.home.display();
    let found = fs::metadata(&config.home).map_err(|error| unusable(&config.home, &error))?;
    if found.uid() == user::effective_id() {
        return Ok(());
    }
    Err(refusal(format_args!(
        "the folder {home} belongs to another user: run this as that user (`sudo -u '#{}' pilot …`), or set PILOT_HOME to a folder of this user's own",
        found.uid()
    )))
}

/// Refuses a home that this user may not look into: what a command would show
/// were what it does not see.
///
/// # Errors
/// As [`refuse_another_users`].
pub(crate) fn refuse_hidden(config: &Config) -> Result<(), Failure> {
    match fs::read_dir(&config.home) {
        Err(error) if error.kind() == ErrorKind::PermissionDenied => refuse_another_users(config),
        _ => Ok(()),
    }
}

/// The disk may accept it later: the caller tries again. All else is a mistake in the
/// configuration.
fn unusable(home: &Path, error: &io::Error) -> Failure {
    let (kind, remedy) = match error.kind() {
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => (Kind::Run, "make room on its disk"),
        ErrorKind::ReadOnlyFilesystem => (Kind::Run, "mount it for writing"),
        _ => (
            Kind::Configuration,
            "set PILOT_HOME to one of this user's own",
        ),
    };
    let home = home.display();
    Failure::new(
        kind,
        format!("the folder {home} cannot be used: {error}; {remedy}"),
    )
}

fn refusal(message: impl Display) -> Failure {
    Failure::configuration(message.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_disk_that_refuses_is_no_mistake_in_the_configuration() {
        let kind = |code| unusable(Path::new("/h"), &io::Error::from_raw_os_error(code)).kind;
        for code in [libc::EROFS, libc::ENOSPC, libc::EDQUOT] {
            assert_eq!(kind(code), Kind::Run);
        }
        assert_eq!(kind(libc::EACCES), Kind::Configuration);
    }
}
