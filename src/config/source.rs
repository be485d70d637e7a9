//! Where settings stand: a file, and the environment.

use super::keys;
use super::program::Program;
use super::settings::Config;
use crate::exposure;
use crate::failure::Failure;
use crate::storage;
use ownership::Exposed;
use std::collections::BTreeMap;
use std::fmt::Display;
use std::path::{Path, PathBuf};
use wire::text;

/// Where configuration comes from.
#[derive(Clone, Debug)]
pub(crate) struct Source {
    /// The folder in which the agent's program lies.
    pub(crate) program_folder: PathBuf,
    /// `PILOT_…` variables of the environment.
    environment: BTreeMap<String, String>,
    /// Variables there that look like settings and are none.
    unknown: Vec<String>,
}

/// What every setting's name begins with.
const PREFIX: &str = "PILOT_";

const FILE_NAME: &str = ".pilot";
const SYSTEM_FILE: &str = "/etc/pilot/pilot.conf";
const MOST_BYTES: u64 = 64 << 10;

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
        let is_known = |key: &str| keys().any(|known| known == key);
        // Not `vars`, which panics at values that are no text.
        let variables = std::env::vars_os()
            .filter_map(|(key, value)| Some((key.into_string().ok()?, value)))
            .filter(|(key, _)| key.starts_with(PREFIX));
        let (mut environment, mut unknown) = (BTreeMap::new(), Vec::new());
        for (key, value) in variables {
            match value.into_string() {
                Ok(value) if is_known(&key) => drop(environment.insert(key, value)),
                Err(_) if is_known(&key) => {
                    return Err(Failure::configuration(format!(
                        "{key} in the environment is not UTF-8 text"
                    )));
                }
                _ => unknown.push(key),
            }
        }
        unknown.sort();
        Ok(Self {
            program_folder,
            environment,
            unknown,
        })
    }

    /// Unknown variables in the environment. They are no error: a variable may belong to another
    /// program, or be misspelt.
    pub(crate) fn remark(&self) -> Option<String> {
        let unknown = self.unknown.join(", ");
        (!unknown.is_empty()).then(|| {
            format!(
                "in the environment, but no setting of this agent: {unknown}; pilot.conf(5) has all"
            )
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

    /// The file in which the service piloth@INSTANCE has its settings.
    fn file_of_instance(&self, config: &Config) -> Option<PathBuf> {
        let name = format!("{}.conf", config.instance);
        (!config.instance.is_empty()).then(|| self.beside(&name))
    }

    /// Reads the configuration, which others may not change where it is root's.
    ///
    /// # Errors
    /// The file, the line or key, and the error.
    pub(crate) fn load(&self) -> Result<Config, Failure> {
        let config = self.read()?;
        for path in self.decisive(&config) {
            exposure::refuse(&path, &config.home)?;
        }
        Ok(config)
    }

    /// A file that decides what the agent does and that another user could change.
    ///
    /// # Errors
    /// As [`Source::load`].
    pub(crate) fn exposed(&self) -> Result<Option<Exposed>, Failure> {
        let config = self.read()?;
        let user = exposure::agent_user(&config.home);
        let mut paths = self.decisive(&config).into_iter();
        Ok(paths.find_map(|path| ownership::check(&path, user).err()))
    }

    /// The files and folders that decide what the agent does.
    fn decisive(&self, config: &Config) -> Vec<PathBuf> {
        let file = self.file().unwrap_or_else(|| SYSTEM_FILE.into());
        let reboot = config.reboot.as_ref().map(Program::path);
        let instance = self.file_of_instance(config);
        let named = [config.ca_file.as_deref(), reboot, instance.as_deref()];
        // The runner's keys are there.
        let artisan = std::env::var_os("ARTISAN_HOME").map(PathBuf::from);
        let always = [&config.home, &config.machine_id_file, &config.art];
        let mut paths = vec![self.program_folder.join(FILE_NAME), file];
        paths.extend(always.into_iter().cloned());
        paths.extend(artisan);
        paths.extend(named.into_iter().flatten().map(Path::to_path_buf));
        paths
    }

    fn read(&self) -> Result<Config, Failure> {
        let mut values = self
            .file()
            .map(|path| read(&path))
            .transpose()?
            .unwrap_or_default();
        values.extend(self.environment.clone());
        let config = Config::new(values, &self.program_folder)?;
        if let Some(file) = self.file_of_instance(&config) {
            // systemd has read it already, and put it into the environment.
            read(&file)?;
        }
        Ok(config)
    }
}

fn read(path: &Path) -> Result<BTreeMap<String, String>, Failure> {
    let wrong = |why: &dyn Display| Failure::configuration(format!("{}: {why}", path.display()));
    let bytes = storage::read_limited(path, MOST_BYTES)
        .map_err(|error| wrong(&error))?
        .unwrap_or_default();
    let text = str::from_utf8(text::without_bom(&bytes))
        .map_err(|_| wrong(&"the file is not UTF-8 text"))?;
    let values = settings::parse(text).map_err(|why| wrong(&why))?;
    let unknown = values
        .keys()
        .find(|key| key.starts_with(PREFIX) && keys().all(|known| known != key.as_str()));
    match unknown {
        Some(key) => Err(wrong(&format_args!(
            "unknown key {key}; the known ones are {}",
            keys().collect::<Vec<_>>().join(", ")
        ))),
        None => Ok(values),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    fn load(folder: &Path, text: &str) -> Result<Config, Failure> {
        std::fs::write(folder.join(FILE_NAME), text).unwrap();
        Source {
            program_folder: folder.into(),
            environment: BTreeMap::new(),
            unknown: vec![],
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
            unknown: vec![],
        }
        .load()
        .unwrap();
        assert_eq!(config.home, Path::new("/b"));
        assert_eq!(config.wait, Duration::from_secs(7));
    }

    /// A service manager reads it, and might read it otherwise.
    #[test]
    fn the_file_of_an_instance_is_checked() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("web.conf");
        let text = "PILOT_HOME=/a\nPILOT_INSTANCE=web\n";
        for (line, word) in [
            ("PILOT_WAIT=1 # s", "line 1: "),
            ("PILOT_WIAT=1", "PILOT_WIAT"),
        ] {
            std::fs::write(&file, line).unwrap();
            let error = load(folder.path(), text).unwrap_err().to_string();
            assert!(
                error.contains("web.conf: ") && error.contains(word),
                "{error}"
            );
        }
        std::fs::write(&file, "PILOT_WAIT=1\n").unwrap();
        load(folder.path(), text).unwrap();
    }

    #[test]
    fn several_addresses_are_kept_in_order() {
        let folder = tempfile::tempdir().unwrap();
        let text =
            "PILOT_HOME=/a\nPILOT_CTL_URI='https://one.example:8443, https://two.example/'\n";
        let config = load(folder.path(), text).unwrap();
        let uris: Vec<String> = config.control.iter().map(ToString::to_string).collect();
        assert_eq!(uris, ["https://one.example:8443", "https://two.example"]);
    }

    #[test]
    fn errors_are_named_without_secrets() {
        let folder = tempfile::tempdir().unwrap();
        for (line, message) in [
            ("PILOT_HOM=/a", "unknown key PILOT_HOM;"),
            ("PILOT_WAIT=soon", "PILOT_WAIT=soon: "),
            ("PILOT_WAIT=601", "a whole number of seconds, from 0 to 600"),
            (
                "PILOT_TIMEOUT=0",
                "a whole number of seconds, from 1 to 600",
            ),
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
