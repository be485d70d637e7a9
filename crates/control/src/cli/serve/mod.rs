//! `pilotctl serve`: the service.

mod listening;
mod monitors;
mod reloadable;
mod renewal;

use super::data::{self, Data};
use super::duration::{self, Kept};
use super::exposure;
use super::failure::Failure;
use super::text_file::bytes;
use super::tls_files::TlsFiles;
use super::{address, log, orphans, settings_file, size};
use crate::clock::unix_now;
use crate::domain::keys::JobKey;
use crate::domain::package::DEFAULT_LARGEST;
use crate::domain::retention::Retention;
use crate::domain::root::Root;
use crate::files;
use crate::http::connections::Connections;
use crate::http::serve;
use crate::http::serve::Tls;
use crate::service::{self, Service, denials, monitoring, retention};
use crate::store::Store;
use listening::{allow_many_connections, announce, listen};
use monitors::Monitors;
use reloadable::ReloadableSettings;
use renewal::{InForce, Renewal, Start};
use std::fs::File;
use std::io;
use std::net::{SocketAddr, TcpListener};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::watch;
use tokio::time::timeout;
use tracing_subscriber::EnvFilter;
use wire::limits::MOST_ARCHIVE;

/// `pilotctl serve`
#[derive(clap::Args)]
#[command(mut_arg("folder", |data| data.help(data::CREATED)))]
pub(super) struct Arguments {
    #[command(flatten)]
    data: Data,
    /// Settings file that the service manager has put into the environment: lines that service
    /// managers read differently are refused
    #[arg(long, env = "PILOTCTL_SETTINGS", value_name = "FILE")]
    settings: Option<PathBuf>,
    /// Address to listen on; port 0 means any free port
    #[arg(
        long,
        env = "PILOTCTL_LISTEN",
        default_value = "127.0.0.1:8443",
        value_name = "ADDRESS:PORT"
    )]
    listen: SocketAddr,
    /// Certificate of the service, followed by those of its CAs (PEM)
    #[arg(long, env = "PILOTCTL_TLS_CERT", value_name = "FILE")]
    tls_cert: PathBuf,
    /// Key of the certificate (PEM)
    #[arg(long, env = "PILOTCTL_TLS_KEY", value_name = "FILE")]
    tls_key: PathBuf,
    /// OpenPGP secret key that signs job requests
    #[arg(long, env = "PILOTCTL_JOB_KEY", value_name = "FILE")]
    job_key: PathBuf,
    /// OpenPGP public key of the root that signed the key list
    #[arg(
        long,
        env = "PILOTCTL_ROOT_KEY",
        value_name = "FILE",
        requires = "key_list"
    )]
    root_key: Option<PathBuf>,
    /// Signed list of the keys that hosts trust
    #[arg(
        long,
        env = "PILOTCTL_KEY_LIST",
        value_name = "FILE",
        requires = "root_key"
    )]
    key_list: Option<PathBuf>,
    /// CA that codes of invitations pin (default: the last certificate of
    /// --tls-cert if it is self-issued)
    #[arg(long, env = "PILOTCTL_CA", value_name = "FILE")]
    ca: Option<PathBuf>,
    /// Address by which hosts reach the service, printed with each invitation
    #[arg(long, env = "PILOTCTL_PUBLIC_URL", value_name = "URL", value_parser = address::parse)]
    url: Option<String>,
    /// Address for monitors: /metrics, /healthz and /readyz over plain HTTP; without a value,
    /// 127.0.0.1:9843. None if not given
    #[arg(
        long,
        env = "PILOTCTL_METRICS_LISTEN",
        value_name = "ADDRESS:PORT",
        num_args = 0..=1,
        default_missing_value = "127.0.0.1:9843"
    )]
    metrics_listen: Option<SocketAddr>,
    /// Time between a host's pings, 100ms to 1d
    #[arg(long, env = "PILOTCTL_INTERVAL", default_value = "15s", value_parser = duration::parse_interval)]
    interval: Duration,
    /// How long jobs are kept after their end: 90d, or forever; their batches go with the last
    /// job
    #[arg(long, env = "PILOTCTL_KEEP_JOBS", default_value = "90d", value_name = "TIME", value_parser = duration::parse_kept)]
    keep_jobs: Kept,
    /// How long the output of jobs is kept after their end, if that is less
    #[arg(long, env = "PILOTCTL_KEEP_OUTPUTS", default_value = "forever", value_name = "TIME", value_parser = duration::parse_kept)]
    keep_outputs: Kept,
    /// How long entries of the audit log are kept: 400d, or forever
    #[arg(long, env = "PILOTCTL_KEEP_AUDIT", default_value = "400d", value_name = "TIME", value_parser = duration::parse_kept)]
    keep_audit: Kept,
    /// Accept unsigned packages (hosts refuse to run them)
    #[arg(long)]
    accept_unsigned: bool,
    /// Size limit of packages, in MiB or with a unit: 200 or 200M; at most 512M, the limit of
    /// hosts
    #[arg(long, env = "PILOTCTL_MAX_PACKAGE", default_value_t = DEFAULT_LARGEST / MIB, value_name = "SIZE", value_parser = largest_package)]
    max_package: u64,
    /// Log level: error, warn, info, debug, or a filter as for RUST_LOG
    #[arg(
        long,
        env = "PILOTCTL_LOG",
        default_value = "info",
        value_name = "LEVEL"
    )]
    log: EnvFilter,
}

const MIB: u64 = 1024 * 1024;

/// How long the database may take to close. It loses nothing if that is too short.
const CLOSING: Duration = Duration::from_secs(10);

/// Reads the limit, which may not be above that of hosts.
fn largest_package(text: &str) -> Result<u64, String> {
    const MOST: u64 = MOST_ARCHIVE / MIB;
    match size::parse_mebibytes(text)? {
        mebibytes @ 1..=MOST => Ok(mebibytes),
        _ => Err(format!("hosts take packages of 1 to {MOST} MiB")),
    }
}

impl Arguments {
    /// The files that decide which keys the service trusts, and its own identity.
    fn files(&self) -> impl Iterator<Item = &Path> {
        let always = [&self.tls_cert, &self.tls_key, &self.job_key].map(Some);
        let named = [&self.root_key, &self.key_list, &self.ca, &self.settings].map(Option::as_ref);
        always
            .into_iter()
            .chain(named)
            .flatten()
            .map(PathBuf::as_path)
    }

    fn tls_files(&self) -> TlsFiles {
        TlsFiles {
            certificate: self.tls_cert.clone(),
            key: self.tls_key.clone(),
            ca: self.ca.clone(),
            url: self.url.clone(),
        }
    }
}

/// Runs the service until SIGTERM or SIGINT.
pub(super) fn run(arguments: Arguments) -> Result<(), Failure> {
    let runtime = tokio::runtime::Runtime::new()
        .map_err(|error| Failure::Refused(format!("starting up: {error}")))?;
    let done = runtime.block_on(run_until_stopped(arguments));
    // Do not wait for blocking work, such as hashing a password.
    runtime.shutdown_background();
    done
}

async fn run_until_stopped(arguments: Arguments) -> Result<(), Failure> {
    let (stop, stopping) = watch::channel(false);
    stop_on_signals(stop)?;
    orphans::reap()?;
    let hangup = on(SignalKind::hangup())?;
    let Ready {
        service,
        tls,
        listener,
        monitors,
        connections,
        renewal,
        _lock,
    } = start(arguments, stopping.clone()).await?;
    announce(&listener)?;
    tokio::spawn(renewal.run(hangup, stopping.clone()));
    if let Some(monitors) = monitors {
        monitors.begin(&service, &connections, stopping.clone())?;
    }
    let serving = serve::serve(service.clone(), listener, tls, connections, stopping);
    unless_broken(serving, service.store().broken()).await?;
    if timeout(CLOSING, service.store().close()).await.is_err() {
        tracing::warn!("stopping while the database still writes");
    }
    tracing::info!("stopped");
    Ok(())
}

/// Serves until the end, or until the store is broken. A service that goes on without it would look
/// healthy; a service manager starts one that has ended again.
async fn unless_broken(
    serving: impl Future<Output = io::Result<()>>,
    broken: impl Future<Output = ()>,
) -> Result<(), Failure> {
    tokio::select! {
        served = serving => served.map_err(|error| Failure::Refused(format!("serving: {error}"))),
        () = broken => Err(Failure::Refused(
            "the part of pilotctl that writes to the database has failed: see the lines before \
             this one"
                .into(),
        )),
    }
}

/// A service that is ready for its first connection: everything was read and checked.
struct Ready {
    service: Service,
    tls: Tls,
    listener: TcpListener,
    monitors: Option<Monitors>,
    connections: Arc<Connections>,
    renewal: Renewal,
    _lock: File,
}

async fn start(arguments: Arguments, stopping: watch::Receiver<bool>) -> Result<Ready, Failure> {
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
        _lock: lock,
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

fn on(kind: SignalKind) -> Result<Signal, Failure> {
    signal(kind).map_err(|error| Failure::Refused(format!("waiting for signals: {error}")))
}

fn stop_on_signals(stop: watch::Sender<bool>) -> Result<(), Failure> {
    let (mut terminate, mut interrupt) =
        (on(SignalKind::terminate())?, on(SignalKind::interrupt())?);
    tokio::spawn(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        tracing::info!("stopping");
        stop.send_replace(true);
    });
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_service_whose_store_is_broken_ends_and_says_so() {
        let serving = async {
            std::future::pending::<()>().await;
            Ok(())
        };
        let ended = unless_broken(serving, async {}).await.unwrap_err();
        assert!(
            ended.to_string().contains("writes to the database"),
            "{ended}"
        );
    }

    #[test]
    fn the_limit_may_not_be_above_that_of_hosts() {
        assert_eq!(largest_package("512"), Ok(512));
        for text in ["0", "513", "1G", "1K"] {
            assert!(largest_package(text).is_err(), "{text}");
        }
    }
}
