//! Makes the service ready for its first connection.

use super::super::author::this_machine;
use super::super::exposure;
use super::super::failure::Failure;
use super::super::text_file::bytes;
use super::super::{log, settings_file};
use super::arguments::{Arguments, MIB};
use super::listening::{allow_many_connections, listen};
use super::monitors::Monitors;
use super::reloadable::ReloadableSettings;
use super::renewal::{InForce, Renewal, Start};
use crate::clock::unix_now;
use crate::domain::keys::JobKey;
use crate::domain::retention::Retention;
use crate::domain::root::Root;
use crate::files;
use crate::http::connections::Connections;
use crate::http::serve::Tls;
use crate::service::{self, Service, audit, denials, key_lists, monitoring, retention};
use crate::store::Store;
use std::fs::File;
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio::sync::watch;

/// A service that is ready for its first connection: everything was read and checked.
pub(super) struct Ready {
    pub(super) service: Service,
    pub(super) tls: Tls,
    pub(super) listener: TcpListener,
    pub(super) monitors: Option<Monitors>,
    pub(super) connections: Arc<Connections>,
    pub(super) renewal: Renewal,
    pub(super) lock: File,
}

/// Reads and checks everything, and listens.
///
/// # Errors
/// What is wrong, and with which file or option.
pub(super) async fn start(
    arguments: Arguments,
    stopping: watch::Receiver<bool>,
) -> Result<Ready, Failure> {
    exposure::refuse(arguments.files())?;
    let read = |file: &PathBuf| settings_file::read::<Arguments>(file);
    let set = arguments.settings.as_ref().map(read).transpose()?;
    let files = arguments.tls_files();
    let loaded = files.load()?;
    let (renewal, in_force) = Start::new(files, loaded);
    let lock = arguments.data.lock()?;
    let service = service(&arguments, &in_force, stopping).await?;
    let listener = listen(arguments.listen, "--listen")?;
    let listen_for_monitors = |address| Monitors::listen(address, in_force.certificates.clone());
    let monitors = arguments.metrics_listen.map(listen_for_monitors);
    let monitors = monitors.transpose()?;
    let refilter = log::begin(arguments.log.clone());
    warn_of_keys(&arguments)?;
    let connections = Connections::new(allow_many_connections());
    tokio::spawn(service.delivery.watch());
    tokio::spawn(monitoring::watch_descriptors(&service));
    tokio::spawn(denials::watch(&service));
    tokio::spawn(audit::watch(&service));
    let retention = Retention {
        jobs: arguments.keep_jobs.0,
        outputs: arguments.keep_outputs.0,
        audit: arguments.keep_audit.0,
    };
    tokio::spawn(retention::watch(&service, retention));
    let settings = arguments
        .settings
        .zip(set)
        .map(|(file, last)| ReloadableSettings {
            file,
            last,
            refilter,
            largest: Arc::clone(&service.push.largest),
            delivery: Arc::clone(&service.delivery),
        });
    let delivery = Arc::clone(&service.delivery);
    Ok(Ready {
        renewal: renewal.watch(arguments.key_list, settings, delivery),
        service,
        tls: in_force.tls,
        listener,
        monitors,
        connections,
        lock,
    })
}

async fn service(
    arguments: &Arguments,
    in_force: &InForce,
    stopping: watch::Receiver<bool>,
) -> Result<Service, Failure> {
    let store = arguments.data.open().await?;
    let root = root(arguments, &store).await?;
    let job_key = JobKey::new(&bytes(&arguments.job_key)?, root.as_ref(), unix_now())
        .map_err(|error| format!("{}: {error}", arguments.job_key.display()))?;
    if let Some(root) = &root {
        key_lists::note_first(&store, root, &this_machine()).await?;
    }
    Ok(Service::build(service::Config {
        store,
        job_key,
        root,
        interval: arguments.interval,
        accept_unsigned: arguments.accept_unsigned,
        largest_package: arguments.max_package * MIB,
        packages: packages(&arguments.data.folder)?,
        ca_pin: in_force.ca_pin.clone(),
        url: in_force.url.clone(),
        names: in_force.names.clone(),
        bus: service::in_process,
        stopping,
    })
    .await?)
}

fn warn_of_keys(arguments: &Arguments) -> Result<(), Failure> {
    let store_key = arguments.data.key_file()?;
    for secret in [&arguments.job_key, &arguments.tls_key, &store_key] {
        warn_if_open(secret);
    }
    if arguments.data.holds_key() {
        tracing::warn!(
            "{} is in the data folder: a backup of that folder has the store key too",
            store_key.display()
        );
    }
    Ok(())
}

/// Warns if others can read a secret key, and so pretend to be the service.
fn warn_if_open(secret: &Path) {
    let mode = std::fs::metadata(secret).map_or(0, |metadata| metadata.permissions().mode());
    if mode & 0o007 != 0 {
        let path = secret.display();
        tracing::warn!("other users can use the key in {path}: run `chmod 600 {path}`");
    }
}

/// The root key with its newest list: that of the command line, or the imported one.
async fn root(arguments: &Arguments, store: &Store) -> Result<Option<Root>, Failure> {
    let (Some(key), Some(list)) = (&arguments.root_key, &arguments.key_list) else {
        return Ok(None);
    };
    let root = Root::new(&bytes(key)?, &bytes(list)?, unix_now())?;
    if let Some(imported) = store.key_list(&root.fingerprint).await? {
        root.resume(imported, unix_now())?;
    }
    Ok(Some(root))
}

/// The folder of packages; removes unfinished files.
fn packages(data: &Path) -> Result<PathBuf, Failure> {
    let path = data.join("packages");
    files::private_folder(&path)
        .and_then(|()| files::remove_unfinished(&path))
        .map_err(|error| Failure::file(&path, error))?;
    Ok(path)
}
