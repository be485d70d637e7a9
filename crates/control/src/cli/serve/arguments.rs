//! What `pilotctl serve` takes on its command line.

use super::super::data::{self, Data};
use super::super::duration::{self, Kept};
use super::super::tls_files::TlsFiles;
use super::super::{address, size};
use crate::domain::package::DEFAULT_LARGEST;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;
use tracing_subscriber::EnvFilter;
use wire::limits::MOST_ARCHIVE;

/// `pilotctl serve`
#[derive(clap::Args)]
#[command(mut_arg("folder", |data| data.help(data::CREATED)))]
pub(in super::super) struct Arguments {
    #[command(flatten)]
    pub(super) data: Data,
    /// Settings file that the service manager has put into the environment: lines that service
    /// managers read differently are refused
    #[arg(long, env = "PILOTCTL_SETTINGS", value_name = "FILE")]
    pub(super) settings: Option<PathBuf>,
    /// Address to listen on; port 0 means any free port
    #[arg(
        long,
        env = "PILOTCTL_LISTEN",
        default_value = "127.0.0.1:8443",
        value_name = "ADDRESS:PORT"
    )]
    pub(super) listen: SocketAddr,
    /// Certificate of the service, followed by those of its CAs (PEM)
    #[arg(long, env = "PILOTCTL_TLS_CERT", value_name = "FILE")]
    pub(super) tls_cert: PathBuf,
    /// Key of the certificate (PEM)
    #[arg(long, env = "PILOTCTL_TLS_KEY", value_name = "FILE")]
    pub(super) tls_key: PathBuf,
    /// OpenPGP secret key that signs job requests
    #[arg(long, env = "PILOTCTL_JOB_KEY", value_name = "FILE")]
    pub(super) job_key: PathBuf,
    /// OpenPGP public key of the root that signed the key list
    #[arg(
        long,
        env = "PILOTCTL_ROOT_KEY",
        value_name = "FILE",
        requires = "key_list"
    )]
    pub(super) root_key: Option<PathBuf>,
    /// Signed list of the keys that hosts trust
    #[arg(
        long,
        env = "PILOTCTL_KEY_LIST",
        value_name = "FILE",
        requires = "root_key"
    )]
    pub(super) key_list: Option<PathBuf>,
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
    pub(super) metrics_listen: Option<SocketAddr>,
    /// Time between a host's pings, 100ms to 1d
    #[arg(long, env = "PILOTCTL_INTERVAL", default_value = "15s", value_parser = duration::parse_interval)]
    pub(super) interval: Duration,
    /// How long jobs are kept after their end: 90d, or forever; their batches go with the last
    /// job
    #[arg(long, env = "PILOTCTL_KEEP_JOBS", default_value = "90d", value_name = "TIME", value_parser = duration::parse_kept)]
    pub(super) keep_jobs: Kept,
    /// How long the output of jobs is kept after their end, if that is less
    #[arg(long, env = "PILOTCTL_KEEP_OUTPUTS", default_value = "forever", value_name = "TIME", value_parser = duration::parse_kept)]
    pub(super) keep_outputs: Kept,
    /// How long entries of the audit log are kept: 400d, or forever
    #[arg(long, env = "PILOTCTL_KEEP_AUDIT", default_value = "400d", value_name = "TIME", value_parser = duration::parse_kept)]
    pub(super) keep_audit: Kept,
    /// Accept unsigned packages (hosts refuse to run them)
    #[arg(long)]
    pub(super) accept_unsigned: bool,
    /// Size limit of packages, in MiB or with a unit: 200 or 200M; at most 512M, the limit of
    /// hosts
    #[arg(long, env = "PILOTCTL_MAX_PACKAGE", default_value_t = DEFAULT_LARGEST / MIB, value_name = "SIZE", value_parser = largest_package)]
    pub(super) max_package: u64,
    /// Log level: error, warn, info, debug, or a filter as for RUST_LOG
    #[arg(
        long,
        env = "PILOTCTL_LOG",
        default_value = "info",
        value_name = "LEVEL"
    )]
    pub(super) log: EnvFilter,
}

/// Bytes.
pub(super) const MIB: u64 = 1024 * 1024;

/// Reads the limit of packages in MiB, which may not be above that of hosts.
pub(super) fn largest_package(text: &str) -> Result<u64, String> {
    const MOST: u64 = MOST_ARCHIVE / MIB;
    match size::parse_mebibytes(text)? {
        mebibytes @ 1..=MOST => Ok(mebibytes),
        _ => Err(format!("hosts take packages of 1 to {MOST} MiB")),
    }
}

impl Arguments {
    /// The files that decide which keys the service trusts, and its own identity.
    pub(super) fn files(&self) -> impl Iterator<Item = &Path> {
        let always = [&self.tls_cert, &self.tls_key, &self.job_key].map(Some);
        let named = [&self.root_key, &self.key_list, &self.ca, &self.settings].map(Option::as_ref);
        always
            .into_iter()
            .chain(named)
            .flatten()
            .map(PathBuf::as_path)
    }

    /// Where certificate and key are.
    pub(super) fn tls_files(&self) -> TlsFiles {
        TlsFiles {
            certificate: self.tls_cert.clone(),
            key: self.tls_key.clone(),
            ca: self.ca.clone(),
            url: self.url.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_limit_may_not_be_above_that_of_hosts() {
        assert_eq!(largest_package("512"), Ok(512));
        for text in ["0", "513", "1G", "1K"] {
            assert!(largest_package(text).is_err(), "{text}");
        }
    }
}
