//! The settings, their meaning and their defaults.

use super::home::default_home;
use super::program::Program;
use crate::config::address::ControlUri;
use crate::config::job_policy::JobPolicy;
use crate::config::proxy::Proxy;
use crate::failure::Failure;
use crate::log::Level;
use std::collections::BTreeMap;
use std::fmt::Display;
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::time::Duration;
use wire::no_proxy::NoProxy;

/// Everything that can be set. `docs/operations/configuration.md` has the table.
#[derive(Clone, Debug)]
pub(crate) struct Config {
    /// `PILOT_CTL_URI`: Pilot Control's addresses, in the order of preference.
    pub(crate) control: Vec<ControlUri>,
    /// `PILOT_HOME`: the folder that holds all state.
    pub(crate) home: PathBuf,
    /// `PILOT_CA_FILE`: PEM file of the CAs that replace the system's.
    pub(crate) ca_file: Option<PathBuf>,
    /// `PILOT_HTTP_PROXY`: the proxy to go through.
    pub(crate) proxy: Option<Proxy>,
    /// `PILOT_NO_PROXY`: servers that are reached without it.
    pub(crate) no_proxy: NoProxy,
    /// `PILOT_LOG_LEVEL`.
    pub(crate) log_level: Level,
    /// `PILOT_ART`: the runner.
    pub(crate) art: PathBuf,
    /// `PILOT_INSTANCE`: distinguishes several agents of one host.
    pub(crate) instance: String,
    /// `PILOT_MACHINE_ID_FILE`: usually `/etc/machine-id`.
    pub(crate) machine_id_file: PathBuf,
    /// `PILOT_WAIT`: how long control may hold an answer back; zero switches
    /// the long poll off.
    pub(crate) wait: Duration,
    /// `PILOT_TIMEOUT`: how long an exchange may take, beside what control may
    /// hold back.
    pub(crate) timeout: Duration,
    /// `PILOT_MIN_INTERVAL`: the shortest time between two idle pings, for
    /// metered links.
    pub(crate) min_interval: Duration,
    /// `PILOT_MAX_BACKOFF`: the longest wait after a server has answered badly.
    pub(crate) max_backoff: Duration,
    /// `PILOT_REBOOT`: what restarts the host when a function asks for that;
    /// without it none may.
    pub(crate) reboot: Option<Program>,
    /// `PILOT_SPOOL_LIMIT`: how many bytes jobs and their results may take.
    pub(crate) spool_limit: u64,
    /// `PILOT_PULL_LIMIT` and its neighbours: the limits and the user of every job.
    pub(crate) job_policy: JobPolicy,
    /// The folder in which the agent's program lies.
    pub(crate) program_folder: PathBuf,
}

/// The values by key.
pub(super) struct Values(BTreeMap<String, String>);

impl Values {
    pub(super) fn text(&self, key: &str) -> Option<&str> {
        self.0
            .get(key)
            .map(String::as_str)
            .filter(|value| !value.is_empty())
    }

    pub(super) fn parsed<T: FromStr<Err: Display>>(&self, key: &str) -> Result<Option<T>, Failure> {
        let parse = |text: &str| {
            text.parse().map_err(|error| {
                Failure::configuration(format!("{key}={}: {error}", hide_userinfo(text)))
            })
        };
        self.text(key).map(parse).transpose()
    }

    /// A number that has to lie within bounds; `unit` follows the word "number" in the error.
    pub(super) fn number<T>(
        &self,
        key: &str,
        default: T,
        allowed: RangeInclusive<T>,
        unit: &str,
    ) -> Result<T, Failure>
    where
        T: FromStr + PartialOrd + Display,
    {
        let Some(text) = self.text(key) else {
            return Ok(default);
        };
        let number = text.parse().ok().filter(|number| allowed.contains(number));
        number.ok_or_else(|| {
            let (least, most) = allowed.into_inner();
            let shown = hide_userinfo(text);
            Failure::configuration(format!(
                "{key}={shown}: write a whole number{unit}, from {least} to {most}"
            ))
        })
    }

    fn seconds(
        &self,
        key: &str,
        default: u64,
        allowed: RangeInclusive<u64>,
    ) -> Result<Duration, Failure> {
        let seconds = self.number(key, default, allowed, " of seconds")?;
        Ok(Duration::from_secs(seconds))
    }

    fn mebibytes(
        &self,
        key: &str,
        default: u64,
        allowed: RangeInclusive<u64>,
    ) -> Result<u64, Failure> {
        Ok(self.number(key, default, allowed, " of MiB")? << 20)
    }

    fn path(&self, key: &str) -> Result<Option<PathBuf>, Failure> {
        match self.text(key).map(PathBuf::from) {
            Some(path) if !path.is_absolute() => Err(Failure::configuration(format!(
                "{key}={}: write an absolute path",
                path.display()
            ))),
            path => Ok(path),
        }
    }

    fn control(&self) -> Result<Vec<ControlUri>, Failure> {
        let uris = self
            .text("PILOT_CTL_URI")
            .unwrap_or_default()
            .split(',')
            .map(str::trim);
        uris.filter(|uri| !uri.is_empty())
            .map(|uri| {
                uri.parse().map_err(|error| {
                    Failure::configuration(format!("PILOT_CTL_URI={}: {error}", hide_userinfo(uri)))
                })
            })
            .collect()
    }
}

/// An address may contain a password: errors do not repeat it.
fn hide_userinfo(text: &str) -> String {
    text.rsplit_once('@')
        .map_or_else(|| text.to_owned(), |(_, rest)| format!("***@{rest}"))
}

impl Config {
    /// Reads the values of the keys, for a program in this folder.
    ///
    /// # Errors
    /// The key, and why its value is refused.
    pub(super) fn new(values: BTreeMap<String, String>, folder: &Path) -> Result<Self, Failure> {
        let values = Values(values);
        let config = Self {
            control: values.control()?,
            home: values
                .path("PILOT_HOME")?
                .unwrap_or_else(|| default_home(folder)),
            ca_file: values.path("PILOT_CA_FILE")?,
            proxy: values.parsed("PILOT_HTTP_PROXY")?,
            no_proxy: values.parsed("PILOT_NO_PROXY")?.unwrap_or_default(),
            log_level: values.parsed("PILOT_LOG_LEVEL")?.unwrap_or(Level::Info),
            art: values
                .path("PILOT_ART")?
                .unwrap_or_else(|| default_art(folder)),
            instance: values.text("PILOT_INSTANCE").unwrap_or_default().to_owned(),
            machine_id_file: values
                .path("PILOT_MACHINE_ID_FILE")?
                .unwrap_or_else(|| "/etc/machine-id".into()),
            wait: values.seconds("PILOT_WAIT", 50, 0..=600)?,
            timeout: values.seconds("PILOT_TIMEOUT", 60, 1..=600)?,
            min_interval: values.seconds("PILOT_MIN_INTERVAL", 0, 0..=86_400)?,
            max_backoff: values.seconds("PILOT_MAX_BACKOFF", 300, 1..=86_400)?,
            reboot: values.parsed("PILOT_REBOOT")?,
            job_policy: JobPolicy::read(&values)?,
            spool_limit: values.mebibytes("PILOT_SPOOL_LIMIT", 64, 4..=65_536)?,
            program_folder: folder.to_path_buf(),
        };
        match config.ca_file.as_deref().filter(|file| !file.is_file()) {
            Some(file) => Err(Failure::configuration(format!(
                "PILOT_CA_FILE={}: no such file",
                file.display()
            ))),
            None => Ok(config),
        }
    }
}

/// The runner beside the agent, else the first one in PATH.
fn default_art(program_folder: &Path) -> PathBuf {
    let beside = program_folder.join("art");
    if beside.is_file() {
        return beside;
    }
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path)
        .map(|folder| folder.join("art"))
        .find(|art| art.is_file())
        .unwrap_or(beside)
}
