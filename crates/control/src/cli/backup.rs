//! `pilotctl backup`: copies the service's data while it runs.

use super::exposure;
use super::failure::Failure;
use super::output;
use crate::files;
use crate::new_folder::NewFolder;
use crate::store;
use serde_json::json;
use std::fs::{self, DirEntry, File};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use tokio::signal::unix::{SignalKind, signal};

/// `pilotctl backup`
#[derive(clap::Args)]
pub(super) struct Arguments {
    /// Folder with the service's data
    #[arg(long, env = "PILOTCTL_DATA", value_name = "DIR")]
    data: PathBuf,
    /// Folder to create with the copy; it appears when the copy is complete
    #[arg(short, long, value_name = "DIR")]
    output: PathBuf,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// How much was copied.
#[derive(Default)]
struct Copied {
    archives: u64,
    bytes: u64,
}

/// Whether the copy is aborted.
#[derive(Clone, Default)]
struct Aborted(Arc<AtomicBool>);

/// Copies the database as it is at one moment, and then the packages, so that the copy has
/// every package that its database lists.
pub(super) fn run(arguments: &Arguments) -> Result<(), Failure> {
    let Arguments { data, output, json } = arguments;
    exposure::refuse([data.as_path()])?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| Failure::Refused(format!("starting up: {error}")))?;
    if !data.join(store::FILE).is_file() {
        return Err(Failure::Refused(format!(
            "{} has no {}: use the same --data as `pilotctl serve`",
            data.display(),
            store::FILE
        )));
    }
    let failed = |error| Failure::file(output, error);
    let unfinished = NewFolder::begin(output).map_err(failed)?;
    let aborted = Aborted::default();
    let copied = runtime.block_on(async {
        tokio::select! {
            copied = fill(data, unfinished.path(), &aborted) => copied,
            signal = stop_signal() => Err(signal.map_or_else(Failure::from, Failure::Interrupted)),
        }
    });
    // Do not wait for a copy that hangs on a disk: its folder is gone when it goes on.
    aborted.0.store(true, Ordering::SeqCst);
    runtime.shutdown_background();
    let copied = copied?;
    unfinished.finish().map_err(failed)?;
    let Copied { archives, bytes } = copied;
    output::done(
        *json,
        &json!({ "folder": output.display().to_string(), "archives": archives, "bytes": bytes }),
        format_args!(
            "{}: the database, and {archives} archives of {bytes} bytes; its secrets are sealed with the store key: keep that apart",
            output.display()
        ),
    )
}

/// Waits for SIGINT, SIGTERM or SIGHUP.
async fn stop_signal() -> Result<SignalKind, String> {
    let on = |kind| signal(kind).map_err(|error| format!("waiting for signals: {error}"));
    let [interrupt, terminate] = [SignalKind::interrupt(), SignalKind::terminate()];
    let (mut interrupted, mut terminated) = (on(interrupt)?, on(terminate)?);
    tokio::select! {
        _ = interrupted.recv() => Ok(interrupt),
        _ = terminated.recv() => Ok(terminate),
    }
}

async fn fill(data: &Path, folder: &Path, aborted: &Aborted) -> Result<Copied, Failure> {
    store::back_up(data, folder).await?;
    let [from, to] = [data, folder].map(|folder| folder.join("packages"));
    let (packages, aborted) = (from.display().to_string(), aborted.clone());
    let copying = tokio::task::spawn_blocking(move || {
        let mut copied = Copied::default();
        copy(&from, &to, &mut copied, &aborted).map(|()| copied)
    });
    let copied = copying.await.map_err(io::Error::other);
    let failed = |error| Failure::Refused(format!("copying {packages}: {error}"));
    copied.and_then(|copied| copied).map_err(failed)
}

/// Copies a folder of archives, if it exists, without unfinished files.
fn copy(from: &Path, to: &Path, copied: &mut Copied, aborted: &Aborted) -> io::Result<()> {
    files::private_folder(to)?;
    let entries = match fs::read_dir(from) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        entries => entries?,
    };
    for entry in entries {
        if aborted.0.load(Ordering::SeqCst) {
            return Err(io::ErrorKind::Interrupted.into());
        }
        let entry = entry?;
        let place = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy(&entry.path(), &place, copied, aborted)?;
        } else if !files::is_unfinished(&entry.file_name()) {
            copied.bytes += copy_file(&entry, &place)?;
            copied.archives += 1;
        }
    }
    durable::sync_folder(to)
}

fn copy_file(entry: &DirEntry, place: &Path) -> io::Result<u64> {
    let bytes = fs::copy(entry.path(), place)?;
    File::open(place)?.sync_all()?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::Store;

    #[tokio::test]
    async fn database_and_finished_archives_are_copied() {
        let temp = tempfile::tempdir().unwrap();
        let [data, key, backup] = ["data", "key", "backup"].map(|name| temp.path().join(name));
        let store = Store::open(&data, &key).await.unwrap();
        let folder = data.join("packages/ops%2Fhello");
        files::private_folder(&folder).unwrap();
        fs::write(folder.join("1.zip"), "archive").unwrap();
        files::unfinished(&folder).unwrap().keep().unwrap();

        store::back_up(&data, &backup).await.unwrap();
        let mut copied = Copied::default();
        let to = backup.join("packages");
        copy(
            &data.join("packages"),
            &to,
            &mut copied,
            &Aborted::default(),
        )
        .unwrap();
        assert_eq!((copied.archives, copied.bytes), (1, 7));
        assert_eq!(fs::read_dir(to.join("ops%2Fhello")).unwrap().count(), 1);
        // While the service has the store open.
        drop(store);
        let restored = Store::open(&backup, &key).await.unwrap();
        assert_eq!(restored.last_id().await.unwrap(), 0);
    }

    #[test]
    fn a_service_without_packages_has_none_in_its_backup() {
        let temp = tempfile::tempdir().unwrap();
        let mut copied = Copied::default();
        let [from, to] = ["no", "to"].map(|name| temp.path().join(name));
        copy(&from, &to, &mut copied, &Aborted::default()).unwrap();
        assert_eq!(copied.archives, 0);
    }
}
