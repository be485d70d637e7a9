//! The Unix user that the service runs as.

use super::super::data::Data;
use super::super::failure::Failure;
use super::super::unix_users;
use crate::files;
use crate::store::KeyFile;
use std::io::{self, Write};
use std::os::unix::fs::chown;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, Stdio};
use wire::command::Secret;

/// The Unix user of the service, where root makes things for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct ServiceUser {
    pub(super) user: u32,
    pub(super) group: u32,
}

impl ServiceUser {
    /// Finds the user.
    ///
    /// # Errors
    /// When there is no such user.
    pub(super) fn find(name: &str) -> Result<Self, Failure> {
        match unix_users::ids(name) {
            Some((user, group)) => Ok(Self { user, group }),
            None => Err(Failure::Usage(format!(
                "there is no Unix user {name}, as which the service runs: make one (`adduser --system \
                 --group {name}`; the package makes pilotctl), or name another with --service-user"
            ))),
        }
    }
}

/// Makes the data of the service with its first user, as the service's user: root would make files
/// that the service cannot read.
///
/// # Errors
/// What `pilotctl user add` reports.
pub(super) fn add_admin(
    user: Option<&ServiceUser>,
    data: &Path,
    name: &str,
    password: &Secret,
) -> Result<(), Failure> {
    if let Some(user) = user {
        prepare(*user, data)?;
    }
    let not_started = |error: io::Error| {
        Failure::Refused(format!(
            "running `pilotctl user add` for {}: {error}",
            data.display()
        ))
    };
    let mut add = Command::new(std::env::current_exe().map_err(not_started)?);
    add.args([
        "user",
        "add",
        name,
        "--role",
        "admin",
        "--password-file",
        "-",
        "--data",
    ])
    .arg(data)
    .env_clear()
    .stdin(Stdio::piped())
    .stdout(Stdio::null())
    .stderr(Stdio::piped());
    if let Some(user) = user {
        // With the user's groups alone: the standard library clears those of root.
        add.uid(user.user).gid(user.group);
    }
    let mut adding = add.spawn().map_err(not_started)?;
    let written = adding.stdin.take().map_or(Ok(()), |mut input| {
        input.write_all(password.expose().as_bytes())?;
        input.write_all(b"\n")
    });
    let ended = adding.wait_with_output().map_err(not_started)?;
    match ended.status.success() {
        true => written.map_err(not_started),
        false => Err(Failure::Refused(format!(
            "making the data in {}: {}",
            data.display(),
            String::from_utf8_lossy(&ended.stderr).trim()
        ))),
    }
}

/// Makes what the service's user could not make itself: the folder of the data and, beside it, the
/// store key.
fn prepare(user: ServiceUser, data: &Path) -> Result<(), Failure> {
    let give = |path: &Path| chown(path, Some(user.user), Some(user.group));
    if !data.exists() {
        let made = files::private_folder(data).and_then(|()| give(data));
        made.map_err(|error| Failure::file(data, error))?;
    }
    let key = Data::at(data).key_file()?;
    if !key.exists() {
        let made = KeyFile::create(&key).and_then(|_| give(&key));
        made.map_err(|error| Failure::file(&key, error))?;
    }
    Ok(())
}
