//! The settings, their meaning and their defaults.

use super::file;
use super::home::default_home;
use super::program::Program;
use crate::failure::Failure;
use crate::job::rules::Rules;
use crate::link::address::ControlUri;
use crate::link::proxy::{NoProxy, Proxy};
use crate::log::Level;
use crate::storage;
use std::collections::BTreeMap;
use std::fmt::Display;
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::time::Duration;

/// Where configuration comes from.
#[derive(Clone, Debug)]
pub(crate) struct Source {
    /// The folder in which the agent's program lies.
    pub(crate) program_folder: PathBuf,
    /// `PILOT_…` variables of the environment.
    environment: BTreeMap<String, String>,
}

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
    /// `PILOT_NO_PROXY`: what is reached without it.
    pub(crate) no_proxy: NoProxy,
    /// `PILOT_LOG_LEVEL`.
    pub(crate) log_level: Level,
    /// `PILOT_ART`: the runner.
    pub(crate) art: PathBuf,
    /// `PILOT_INSTANCE`: tells several agents of one host apart.
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
    /// `PILOT_REBOOT`: what restarts the host when a function asks for that;
    /// without it none may.
    pub(crate) reboot: Option<Program>,
    /// `PILOT_SPOOL_LIMIT`: how many bytes jobs and their results may take.
    pub(crate) spool_limit: u64,
    /// `PILOT_PULL_LIMIT` and its neighbours: what holds for every job.
    pub(crate) rules: Rules,
    /// The folder in which the agent's program lies.
    pub(crate) program_folder: PathBuf,
}

const FILE_NAME: &str = ".pilot";
const SYSTEM_FILE: &str = "/etc/pilot/pilot.conf";
const MOST_BYTES: u64 = 64 << 10;

/// Every key that may stand in the configuration.
pub(crate) const KEYS: [&str; 19] = [
    "PILOT_CTL_URI",
    "PILOT_HOME",
    "PILOT_CA_FILE",
    "PILOT_HTTP_PROXY",
    "PILOT_NO_PROXY",
    "PILOT_LOG_LEVEL",
    "PILOT_ART",
    "PILOT_INSTANCE",
    "PILOT_MACHINE_ID_FILE",
    "PILOT_WAIT",
    "PILOT_TIMEOUT",
    "PILOT_MIN_INTERVAL",
    "PILOT_SPOOL_LIMIT",
    "PILOT_REBOOT",
    "PILOT_PULL_LIMIT",
    "PILOT_GRACE",
    "PILOT_PROCESS_LIMIT",
    "PILOT_NO_NEW_PRIVS",
    "PILOT_JOB_USER",
];

impl Source {
    /// Looks where the program lies and what the environment says.
    ///
    /// # Errors
    /// When /proc is not mounted.
    pub(crate) fn of_this_process() -> Result<Self, Failure> {
        let program = std::env::current_exe().map_err(|error| {
            Failure::configuration(format!(
                "cannot find where this program lies ({error}): mount /proc"
            ))
        })?;
        let program_folder = program.parent().unwrap_or(Path::new("/")).to_path_buf();
        let environment = std::env::vars()
            .filter(|(key, _)| KEYS.contains(&key.as_str()))
            .collect();
        Ok(Self {
            program_folder,
            environment,
        })
    }

    /// The file that is read: `.pilot` beside the program, else the system's;
    /// `None` when there is neither.
    pub(crate) fn file(&self) -> Option<PathBuf> {
        [self.program_folder.join(FILE_NAME), SYSTEM_FILE.into()]
            .into_iter()
            .find(|path| path.exists())
    }

    /// The path of a file with this name beside the configuration, whether
    /// there are such files or not.
    pub(crate) fn beside(&self, name: &str) -> PathBuf {
        self.file()
            .unwrap_or_else(|| SYSTEM_FILE.into())
            .with_file_name(name)
    }

    /// Reads the configuration.
    ///
    /// # Errors
    /// The file, the line or key, and what is wrong with it.
    pub(crate) fn load(&self) -> Result<Config, Failure> {
        let mut values = self
            .file()
            .map(|path| read(&path))
            .transpose()?
            .unwrap_or_default();
        values.extend(self.environment.clone());
        Config::new(&Values(values), self)
    }
}

fn read(path: &Path) -> Result<BTreeMap<String, String>, Failure> {
    let wrong = |why: &dyn Display| Failure::configuration(format!("{}: {why}", path.display()));
    let bytes = storage::read_limited(path, MOST_BYTES)
        .map_err(|error| wrong(&error))?
        .unwrap_or_default();
    let text = String::from_utf8(bytes).map_err(|_| wrong(&"the file is not UTF-8 text"))?;
    let values = file::parse(&text).map_err(|why| wrong(&why))?;
    let unknown = values
        .keys()
        .find(|key| key.starts_with("PILOT_") && !KEYS.contains(&key.as_str()));
    match unknown {
        Some(key) => Err(wrong(&format_args!(
            "unknown key {key}; the known ones are {}",
            KEYS.join(", ")
        ))),
        None => Ok(values),
    }
}

/// The values by key.
struct Values(BTreeMap<String, String>);

impl Values {
    fn text(&self, key: &str) -> Option<&str> {
        self.0
            .get(key)
            .map(String::as_str)
            .filter(|value| !value.is_empty())
    }

    fn parsed<T: FromStr<Err: Display>>(&self, key: &str) -> Result<Option<T>, Failure> {
        let parse = |text: &str| {
            text.parse().map_err(|error| {
                Failure::configuration(format!("{key}={}: {error}", hide_userinfo(text)))
            })
        };
        self.text(key).map(parse).transpose()
    }

    fn seconds(
        &self,
        key: &str,
        default: u64,
        allowed: RangeInclusive<u64>,
    ) -> Result<Duration, Failure> {
        let seconds = self.parsed::<u64>(key)?.unwrap_or(default);
        if !allowed.contains(&seconds) {
            let (least, most) = allowed.into_inner();
            return Err(Failure::configuration(format!(
                "{key}={seconds}: from {least} to {most} seconds"
            )));
        }
        Ok(Duration::from_secs(seconds))
    }

    fn rules(&self) -> Result<Rules, Failure> {
        let default = Rules::default();
        Ok(Rules {
            pull_limit: self.whole("PILOT_PULL_LIMIT", default.pull_limit, 1..=86_400)?,
            grace: self.whole("PILOT_GRACE", default.grace, 1..=600)?,
            processes: self.whole("PILOT_PROCESS_LIMIT", default.processes, 16..=4_194_304)?,
            no_new_privileges: self.whole("PILOT_NO_NEW_PRIVS", 0, 0..=1)? == 1,
            user: self.text("PILOT_JOB_USER").map(str::to_owned),
        })
    }

    fn whole(&self, key: &str, default: u32, allowed: RangeInclusive<u32>) -> Result<u32, Failure> {
        let number = self.parsed::<u32>(key)?.unwrap_or(default);
        if !allowed.contains(&number) {
            let (least, most) = allowed.into_inner();
            return Err(Failure::configuration(format!(
                "{key}={number}: from {least} to {most}"
            )));
        }
        Ok(number)
    }

    fn mebibytes(
        &self,
        key: &str,
        default: u64,
        allowed: RangeInclusive<u64>,
    ) -> Result<u64, Failure> {
        let number = self.parsed::<u64>(key)?.unwrap_or(default);
        if !allowed.contains(&number) {
            let (least, most) = allowed.into_inner();
            return Err(Failure::configuration(format!(
                "{key}={number}: from {least} to {most} MiB"
            )));
        }
        Ok(number << 20)
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

/// A password may stand in an address: errors do not repeat it.
fn hide_userinfo(text: &str) -> String {
    text.rsplit_once('@')
        .map_or_else(|| text.to_owned(), |(_, rest)| format!("***@{rest}"))
}

impl Config {
    fn new(values: &Values, source: &Source) -> Result<Self, Failure> {
        let folder = &source.program_folder;
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
            reboot: values.parsed("PILOT_REBOOT")?,
            rules: values.rules()?,
            spool_limit: values.mebibytes("PILOT_SPOOL_LIMIT", 64, 4..=65_536)?,
            program_folder: folder.clone(),
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

impl Config {
    /// The proxy through which this host is reached, if it is.
    pub(crate) fn proxy_to(&self, host: &str, port: u16) -> Option<&Proxy> {
        let proxied = |_: &&Proxy| !self.no_proxy.covers(host, port);
        self.proxy.as_ref().filter(proxied)
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

#[cfg(test)]
mod tests {
    use super::*;

    fn load(folder: &Path, text: &str) -> Result<Config, Failure> {
        std::fs::write(folder.join(FILE_NAME), text).unwrap();
        Source {
            program_folder: folder.into(),
            environment: BTreeMap::new(),
        }
        .load()
    }

    #[test]
    fn a_file_beside_the_program_is_read_and_the_environment_wins() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(
            folder.path().join(FILE_NAME),
            "PILOT_HOME=/a\nPILOT_WAIT=7\n",
        )
        .unwrap();
        let environment = BTreeMap::from([("PILOT_HOME".to_owned(), "/b".to_owned())]);
        let config = Source {
            program_folder: folder.path().into(),
            environment,
        }
        .load()
        .unwrap();
        assert_eq!(config.home, Path::new("/b"));
        assert_eq!(config.wait, Duration::from_secs(7));
    }

    #[test]
    fn several_addresses_are_kept_in_order() {
        let folder = tempfile::tempdir().unwrap();
        let text = "PILOT_HOME=/a\nPILOT_CTL_URI=https://one.example:8443, https://two.example/\n";
        let config = load(folder.path(), text).unwrap();
        let uris: Vec<String> = config.control.iter().map(ToString::to_string).collect();
        assert_eq!(uris, ["https://one.example:8443", "https://two.example"]);
    }

    #[test]
    fn what_is_wrong_is_named_without_its_secrets() {
        let folder = tempfile::tempdir().unwrap();
        for (line, message) in [
            ("PILOT_HOM=/a", "unknown key PILOT_HOM;"),
            ("PILOT_WAIT=soon", "PILOT_WAIT=soon: "),
            ("PILOT_WAIT=601", "from 0 to 600 seconds"),
            ("PILOT_TIMEOUT=0", "from 1 to 600 seconds"),
            ("PILOT_NO_PROXY=a,10.0.0.0/33", "10.0.0.0/33: a network is"),
            ("PILOT_HOME=relative", "write an absolute path"),
            ("PILOT_LOG_LEVEL=loud", "write error, warn, info or debug"),
            ("PILOT_CTL_URI=http://plain.example", "https"),
            ("PILOT_CA_FILE=/no/such/file", "no such file"),
            ("nonsense", "line 2: not of the form KEY=VALUE"),
        ] {
            let error =
                load(folder.path(), &format!("PILOT_MIN_INTERVAL=0\n{line}\n")).unwrap_err();
            assert!(error.to_string().contains(message), "{line}: {error}");
        }
        let error = load(
            folder.path(),
            "PILOT_HOME=/a\nPILOT_HTTP_PROXY=ftp://me:hunter2@proxy\n",
        )
        .unwrap_err();
        assert!(!error.to_string().contains("hunter2"), "{error}");
    }
}
