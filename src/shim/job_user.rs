//! Running a job as another user than the agent's, who may read nothing of it.
//!
//! That user may pass through the agent's folders to the working folder, without
//! seeing what else is there. What the runner needs to read is copied for it.

use crate::spool::folder::{JobFolder, PATIENCE};
use crate::storage;
use crate::sys::user::{self, Account};
use std::fs::{self, Permissions};
use std::io;
use std::os::unix::fs::{PermissionsExt, chown};
use std::path::{Path, PathBuf};

/// Lets others pass through a folder whose content they cannot list.
const PASS: u32 = 0o011;

/// No file of certificates or keys is longer.
const MOST_BYTES: u64 = 4 << 20;

/// The user of that name.
///
/// # Errors
/// When there is none, or it cannot be found out, or only root could become it.
pub(super) fn account(name: &str) -> io::Result<Account> {
    let why = |error: String| io::Error::other(format!("PILOT_JOB_USER={name}: {error}"));
    if user::effective_id() != user::ROOT {
        return Err(why("only an agent that runs as root can do that".to_owned()));
    }
    let found = Account::named(name).map_err(|error| why(error.to_string()))?;
    found.ok_or_else(|| why("there is no such user".to_owned()))
}

/// Gives the user what it needs, and changes the runner's environment to that.
///
/// # Errors
/// When the disk refuses.
pub(super) fn settle(
    account: &Account,
    folder: &JobFolder,
    work: &Path,
    environment: &mut Vec<(String, String)>,
) -> io::Result<()> {
    for above in work.ancestors().skip(1).take(3) {
        let mode = fs::metadata(above)?.permissions().mode();
        fs::set_permissions(above, Permissions::from_mode(mode | PASS))?;
    }
    for own in [work, &folder.phase_pipe()] {
        give(own, account)?;
    }
    let home = lookup(environment, "ARTISAN_HOME").map(PathBuf::from);
    let keys = match lookup(environment, "ART_VERIFY_KEYS") {
        Some(file) => bounded(Path::new(&file))?,
        None => home.map_or_else(|| Ok(vec![]), |home| all_keys(&home))?,
    };
    lend(&folder.lent_keys(), &keys, "ART_VERIFY_KEYS", environment)?;
    if let Some(file) = lookup(environment, "ART_CA_FILE") {
        let certificates = bounded(Path::new(&file))?;
        lend(&folder.lent_ca(), &certificates, "ART_CA_FILE", environment)?;
    }
    forget_shared_home(account, work);
    for (name, value) in [
        // Of this job alone: what another one left there could mislead the runner.
        ("ARTISAN_HOME", work.join("artisan").display().to_string()),
        ("HOME", account.home().display().to_string()),
        ("USER", account.name()),
        ("LOGNAME", account.name()),
    ] {
        set(environment, name, value);
    }
    Ok(())
}

fn give(path: &Path, account: &Account) -> io::Result<()> {
    chown(path, Some(account.user()), Some(account.group()))
}

/// Removes what an earlier version had the jobs of one user share.
fn forget_shared_home(account: &Account, work: &Path) {
    let jobs = work.ancestors().nth(2).unwrap_or(work);
    let shared = jobs.join(format!("artisan-{}", account.user()));
    if shared.exists() {
        let _ = storage::remove_folder(&shared, PATIENCE);
    }
}

/// The keys that the agent's own runner trusts without a list.
fn all_keys(home: &Path) -> io::Result<Vec<u8>> {
    let mut keys = Vec::new();
    for entry in fs::read_dir(home.join("keys/verify"))? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "pgp") {
            keys.extend(bounded(&path)?);
            keys.push(b'\n');
        }
    }
    Ok(keys)
}

fn bounded(path: &Path) -> io::Result<Vec<u8>> {
    let found = storage::read_limited(path, MOST_BYTES)?;
    found.ok_or_else(|| io::Error::other(format!("{} is not there", path.display())))
}

/// A copy that everybody may read and only the agent's user may change.
fn lend(
    path: &Path,
    bytes: &[u8],
    name: &str,
    environment: &mut Vec<(String, String)>,
) -> io::Result<()> {
    fs::write(path, bytes)?;
    fs::set_permissions(path, Permissions::from_mode(0o644))?;
    set(
        environment,
        name,
        path.canonicalize()?.display().to_string(),
    );
    Ok(())
}

fn lookup(environment: &[(String, String)], name: &str) -> Option<String> {
    let found = environment.iter().find(|(key, _)| key == name);
    found.map(|(_, value)| value.clone())
}

fn set(environment: &mut Vec<(String, String)>, name: &str, value: String) {
    environment.retain(|(key, _)| key != name);
    environment.push((name.to_owned(), value));
}
