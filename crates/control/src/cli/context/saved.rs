//! Contexts on the disk: a file for each, which only its user may read, in `~/.config/pilotctl`.

use crate::cli::failure::Failure;
use crate::cli::nearest;
use crate::files;
use api::Time;
use serde::{Deserialize, Serialize};
use std::fs::{self, File};
use std::io::{ErrorKind, Read};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use wire::command::Secret;

/// The largest file: a token and the certificates of CAs.
const LARGEST: u64 = 4 << 20;

const OPEN_TO_OTHERS: u32 = 0o077;

/// How to reach a control, and what to sign in with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::cli) struct Context {
    /// `https://HOST:PORT`.
    pub(in crate::cli) url: String,
    /// Whose token it is, if that is known.
    pub(in crate::cli) user: Option<String>,
    /// An API token.
    pub(in crate::cli) token: Secret,
    /// The name of a token that `pilotctl login` made; only such a one is revoked.
    pub(in crate::cli) token_name: Option<String>,
    /// Until when that token is valid.
    pub(in crate::cli) expires: Option<Time>,
    /// The certificates of the CA (PEM), in place of the system's.
    pub(in crate::cli) ca: Option<String>,
}

/// The folder with the contexts of this user.
pub(in crate::cli) struct Contexts {
    folder: PathBuf,
}

impl Contexts {
    /// Those of the user who runs this.
    ///
    /// # Errors
    /// Without a home.
    pub(in crate::cli) fn of_this_user() -> Result<Self, Failure> {
        let folder = |name: &str| {
            let path = std::env::var_os(name).map(PathBuf::from);
            path.filter(|path| path.is_absolute())
        };
        let config = folder("XDG_CONFIG_HOME").or_else(|| Some(folder("HOME")?.join(".config")));
        let config = config.ok_or_else(|| {
            Failure::Usage("contexts are kept in your home: set HOME or XDG_CONFIG_HOME".into())
        })?;
        Ok(Self {
            folder: config.join("pilotctl"),
        })
    }

    /// The names of all contexts, in their order.
    ///
    /// # Errors
    /// Those of the folder; a missing one has none.
    pub(in crate::cli) fn names(&self) -> Result<Vec<String>, Failure> {
        let folder = self.folder.join("contexts");
        let entries = match fs::read_dir(&folder) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(vec![]),
            read => read.map_err(|error| Failure::file(&folder, error))?,
        };
        let name = |entry: fs::DirEntry| {
            let name = entry.file_name().into_string().ok()?;
            let name = name.strip_suffix(".json")?;
            is_name(name).then(|| name.to_owned())
        };
        let mut names: Vec<String> = entries.flatten().filter_map(name).collect();
        names.sort();
        Ok(names)
    }

    /// The name of the context that is used where none is named.
    ///
    /// # Errors
    /// As [`Contexts::load`].
    pub(in crate::cli) fn current(&self) -> Result<Option<String>, Failure> {
        let text = self.read(&self.folder.join("current"))?;
        Ok(text.map(|text| text.trim().to_owned()))
    }

    /// A context.
    ///
    /// # Errors
    /// When there is none of this name, or others can read or change it.
    pub(in crate::cli) fn load(&self, name: &str) -> Result<Context, Failure> {
        let path = self.path(name)?;
        let text = self.read(&path)?.ok_or_else(|| self.unknown(name))?;
        // The message of serde could quote the token.
        serde_json::from_str(&text).map_err(|_| {
            let path = path.display();
            Failure::Usage(format!(
                "{path} is damaged: remove it (`pilotctl context rm {name}`) and log in again"
            ))
        })
    }

    /// Stores a context, in place of an earlier one of this name.
    ///
    /// # Errors
    /// Those of the disk.
    pub(in crate::cli) fn store(&self, name: &str, context: &Context) -> Result<(), Failure> {
        let path = self.path(name)?;
        let text = serde_json::to_string_pretty(context)
            .map_err(|error| Failure::Refused(format!("writing JSON: {error}")))?;
        for folder in [&self.folder, &self.folder.join("contexts")] {
            files::private_folder(folder).map_err(|error| Failure::file(folder, error))?;
        }
        self.write(&path, &text)
    }

    /// Makes a context the one that is used where none is named.
    ///
    /// # Errors
    /// When there is none of this name.
    pub(in crate::cli) fn make_current(&self, name: &str) -> Result<(), Failure> {
        self.load(name)?;
        self.write(&self.folder.join("current"), &format!("{name}\n"))
    }

    /// Removes a context from this machine.
    ///
    /// # Errors
    /// When there is none of this name.
    pub(in crate::cli) fn remove(&self, name: &str) -> Result<(), Failure> {
        let path = self.path(name)?;
        if !path.exists() {
            return Err(self.unknown(name));
        }
        durable::remove(&path).map_err(|error| Failure::file(&path, error))?;
        let current = self.folder.join("current");
        match self.current()?.as_deref() == Some(name) {
            true => durable::remove(&current).map_err(|error| Failure::file(&current, error)),
            false => Ok(()),
        }
    }

    /// The file of a context.
    ///
    /// # Errors
    /// When this cannot be a name.
    pub(in crate::cli) fn path(&self, name: &str) -> Result<PathBuf, Failure> {
        match is_name(name) {
            true => Ok(self.folder.join("contexts").join(format!("{name}.json"))),
            false => Err(Failure::Usage(format!(
                "{name:?} cannot be the name of a context: use up to 64 letters, digits, '.', '_' or '-'"
            ))),
        }
    }

    fn unknown(&self, name: &str) -> Failure {
        let names = self.names().unwrap_or_default();
        let meant = nearest::hint(name, names.iter().map(String::as_str));
        Failure::Usage(format!(
            "there is no context {name}{meant}: `pilotctl context ls` lists them, and `pilotctl login` makes one"
        ))
    }

    fn write(&self, path: &Path, text: &str) -> Result<(), Failure> {
        files::replace(path, 0o600, text.as_bytes()).map_err(|error| Failure::file(path, error))
    }

    /// A file that only its user can read and change; `None` if it is missing.
    fn read(&self, path: &Path) -> Result<Option<String>, Failure> {
        let unreadable = |error| Failure::file(path, error);
        let file = match File::open(path) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            opened => opened.map_err(unreadable)?,
        };
        let user = rustix::process::geteuid().as_raw();
        ownership::check(path, user)
            .map_err(|exposed| Failure::Usage(format!("{exposed}: run `{}`", exposed.remedy())))?;
        if file.metadata().map_err(unreadable)?.mode() & OPEN_TO_OTHERS != 0 {
            let path = path.display();
            return Err(Failure::Usage(format!(
                "other users can read {path}: run `chmod 600 {path}`, and log in again if somebody may have read it"
            )));
        }
        let mut text = String::new();
        file.take(LARGEST)
            .read_to_string(&mut text)
            .map_err(unreadable)?;
        Ok(Some(text))
    }
}

fn is_name(name: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-');
    (1..=64).contains(&name.len()) && name.bytes().all(plain) && !name.starts_with(['.', '-'])
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    fn context() -> Context {
        Context {
            url: "https://c:8443".into(),
            user: Some("ada".into()),
            token: Secret::new("hp_secret"),
            token_name: Some("ada-laptop".into()),
            expires: Some(Time::at(7)),
            ca: None,
        }
    }

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).unwrap().mode() & 0o777
    }

    #[test]
    fn a_context_is_stored_for_its_user_alone() {
        let folder = tempfile::tempdir().unwrap();
        let contexts = Contexts {
            folder: folder.path().join("pilotctl"),
        };
        assert!(contexts.names().unwrap().is_empty() && contexts.current().unwrap().is_none());
        contexts.store("prod", &context()).unwrap();
        contexts.make_current("prod").unwrap();
        assert_eq!(contexts.load("prod").unwrap(), context());
        assert_eq!(contexts.current().unwrap().as_deref(), Some("prod"));
        let path = contexts.path("prod").unwrap();
        assert_eq!((mode(&contexts.folder), mode(&path)), (0o700, 0o600));
        let why = contexts.load("prd").unwrap_err().to_string();
        assert!(why.contains("did you mean `prod`?"), "{why}");
        contexts.remove("prod").unwrap();
        assert!(contexts.names().unwrap().is_empty() && contexts.current().unwrap().is_none());
        assert!(contexts.remove("prod").is_err());
    }

    #[test]
    fn abuse_a_file_that_others_can_read_or_change_is_refused_and_no_secret_shown() {
        let folder = tempfile::tempdir().unwrap();
        let contexts = Contexts {
            folder: folder.path().join("pilotctl"),
        };
        contexts.store("prod", &context()).unwrap();
        let path = contexts.path("prod").unwrap();
        for (mode, words) in [
            (0o640, "chmod 600 "),
            (0o604, "chmod 600 "),
            (0o622, "chmod go-w "),
        ] {
            fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
            let why = contexts.load("prod").unwrap_err().to_string();
            assert!(why.contains(words) && !why.contains("hp_secret"), "{why}");
        }
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        fs::write(&path, r#"{"url": 7, "token": "hp_secret"}"#).unwrap();
        let why = contexts.load("prod").unwrap_err().to_string();
        assert!(
            why.contains("is damaged") && !why.contains("hp_secret"),
            "{why}"
        );
        assert!(!format!("{:?}", context()).contains("hp_secret"));
        for name in ["", ".", "..", "../x", "a/b", "-x", ".hidden"] {
            assert!(contexts.path(name).is_err(), "{name}");
        }
    }
}
