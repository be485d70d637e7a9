//! The settings of `art` in the environment. Values that a function must not see are taken from
//! here once and removed from the function's environment.

use crate::failure::{Failure, Kind};
use crate::supervisor::Supervisor;
use std::ffi::OsString;
use std::path::PathBuf;
use wire::command::Secret;
use wire::seal::is_digest;

/// Four pauses: 15 s together, at most. That gets a package through a line that loses
/// three packets in ten.
pub(crate) const ATTEMPTS: u32 = 5;

/// The settings of one run of `art`.
#[derive(Debug, Default)]
pub(crate) struct Settings {
    /// `ARTISAN_HOME`, else `~/.artisan`.
    pub(crate) home: PathBuf,
    /// `ART_CA_FILE`: PEM roots that replace the system's.
    pub(crate) ca_file: Option<PathBuf>,
    /// `ART_VERIFY_KEYS`: armored public keys that replace the home's.
    pub(crate) verify_keys: Option<PathBuf>,
    /// `ART_REG_USER`.
    pub(crate) user: Option<String>,
    /// `ART_REG_PWD`.
    pub(crate) password: Secret,
    /// `ART_PACKAGE_DIGEST`: the only digest that is acceptable.
    pub(crate) pin: Option<String>,
    /// `ART_PULL_ATTEMPTS`: how often a registry is asked that does not answer.
    pub(crate) attempts: u32,
    /// `ART_PHASE_FILE`: where to report the phase.
    pub(crate) phase_file: Option<PathBuf>,
    /// `ART_RUN_FOLDER`: where packages are unpacked and run, instead of the home's `run`; the
    /// caller that names it clears it.
    pub(crate) run_folder: Option<PathBuf>,
    /// `ART_VERBOSE=1`.
    pub(crate) verbose: bool,
}

impl Settings {
    /// Reads what a supervisor handed over, if there is one, and the process's environment.
    /// An empty value counts as none.
    ///
    /// # Errors
    /// When there is no home, or a value is no text that must be.
    pub(crate) fn load(supervisor: Option<&Supervisor>) -> Result<Self, Failure> {
        Self::from_lookup(|name| {
            supervisor
                .and_then(|supervisor| supervisor.setting(name))
                .or_else(|| std::env::var_os(name))
                .filter(|value| !value.is_empty())
        })
    }

    fn from_lookup(get: impl Fn(&str) -> Option<OsString>) -> Result<Self, Failure> {
        let path = |name| get(name).map(PathBuf::from);
        Ok(Self {
            home: path("ARTISAN_HOME")
                .or_else(|| path("HOME").map(|home| home.join(".artisan")))
                .ok_or_else(no_home)?,
            ca_file: path("ART_CA_FILE"),
            verify_keys: path("ART_VERIFY_KEYS"),
            user: text(&get, "ART_REG_USER")?,
            password: Secret::new(text(&get, "ART_REG_PWD")?.unwrap_or_default()),
            pin: pin(&get)?,
            attempts: attempts(&get)?,
            phase_file: path("ART_PHASE_FILE"),
            run_folder: path("ART_RUN_FOLDER"),
            verbose: text(&get, "ART_VERBOSE")?.is_some_and(|value| value != "0"),
        })
    }

    /// Takes the registry's user from `-u USER`. A password there could be
    /// read in the process list, so it is refused.
    pub(crate) fn with_user(mut self, user: Option<String>) -> Result<Self, Failure> {
        let Some(user) = user else { return Ok(self) };
        if user.contains(':') {
            return Err(Failure::new(
                Kind::Usage,
                "-u USER:PASSWORD is refused: every user of this machine could read the password \
                 in the process list; write -u USER and put the password into ART_REG_PWD",
            ));
        }
        self.user = Some(user);
        Ok(self)
    }
}

fn no_home() -> Failure {
    Failure::own("neither ARTISAN_HOME nor HOME is set: set ARTISAN_HOME to a folder of your own")
}

fn text(get: impl Fn(&str) -> Option<OsString>, name: &str) -> Result<Option<String>, Failure> {
    get(name)
        .map(OsString::into_string)
        .transpose()
        .map_err(|_| Failure::own(format!("{name} is not UTF-8 text: set it anew")))
}

/// A pin that is no digest would pin nothing, or refuse everything.
fn pin(get: impl Fn(&str) -> Option<OsString>) -> Result<Option<String>, Failure> {
    const NAME: &str = "ART_PACKAGE_DIGEST";
    let Some(pin) = text(get, NAME)? else {
        return Ok(None);
    };
    if is_digest(&pin) {
        return Ok(Some(pin));
    }
    Err(Failure::own(format!(
        "{NAME}={pin}: that is no digest; `art ls --json` shows them: sha256: and 44 characters"
    )))
}

fn attempts(get: impl Fn(&str) -> Option<OsString>) -> Result<u32, Failure> {
    const NAME: &str = "ART_PULL_ATTEMPTS";
    let Some(text) = text(get, NAME)? else {
        return Ok(ATTEMPTS);
    };
    let number = text.parse().ok().filter(|number| (1..=20).contains(number));
    number.ok_or_else(|| Failure::own(format!("{NAME}={text}: write a number from 1 to 20")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(pairs: &[(&str, &str)]) -> Result<Settings, Failure> {
        Settings::from_lookup(|name| {
            let found = pairs.iter().find(|(key, _)| *key == name);
            found.map(|(_, value)| value.into())
        })
    }

    #[test]
    fn the_home_is_beneath_the_users() {
        let default = settings(&[("HOME", "/h")]).unwrap();
        assert_eq!(default.home, PathBuf::from("/h/.artisan"));
        let set = settings(&[("HOME", "/h"), ("ARTISAN_HOME", "/a")]).unwrap();
        assert_eq!(set.home, PathBuf::from("/a"));
        assert!(settings(&[]).is_err());
    }

    #[test]
    fn a_registry_is_asked_as_often_as_set() {
        let attempts = |value| {
            let found = settings(&[("HOME", "/h"), ("ART_PULL_ATTEMPTS", value)]);
            found.map(|settings| settings.attempts)
        };
        assert_eq!((attempts("1").unwrap(), attempts("20").unwrap()), (1, 20));
        assert_eq!(settings(&[("HOME", "/h")]).unwrap().attempts, ATTEMPTS);
        for wrong in ["0", "21", "-1", "often"] {
            let error = attempts(wrong).unwrap_err().to_string();
            assert!(error.contains("from 1 to 20"), "{error}");
        }
    }

    #[test]
    fn a_password_in_an_argument_is_refused_and_not_repeated() {
        let settings = settings(&[("HOME", "/h")]).unwrap();
        let refusal = settings.with_user(Some("ann:hunter2".into())).unwrap_err();
        assert!(refusal.to_string().contains("ART_REG_PWD"));
        assert!(!refusal.to_string().contains("hunter2"));
    }

    #[test]
    fn the_password_does_not_show() {
        let settings = settings(&[("HOME", "/h"), ("ART_REG_PWD", "hunter2")]).unwrap();
        assert!(!format!("{settings:?}").contains("hunter2"));
    }
}
