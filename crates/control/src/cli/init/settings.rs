//! The settings file of a new control.

use super::super::failure::Failure;
use super::service_user::ServiceUser;
use crate::files;
use std::fs;
use std::io::ErrorKind;
use std::net::SocketAddr;
use std::os::unix::fs::{MetadataExt, chown};
use std::path::{Path, PathBuf};

/// Its name below the folder: that of the package.
const FILE: &str = "pilotctl.conf";

/// The beginning of a new file.
const HEAD: &str = "# Settings of the service pilotctl: see pilotctl(1).\n";

/// A settings file that names what was made.
pub(super) struct Settings {
    path: PathBuf,
    text: String,
    /// Whether it is made.
    is_new: bool,
}

impl Settings {
    /// Reads the settings file of a folder, if there is one, and changes what it says. Nothing is
    /// written yet.
    ///
    /// # Errors
    /// When the file cannot be read, has lines that service managers read differently, or a path
    /// cannot stand in it.
    pub(super) fn read(
        dir: &Path,
        data: &Path,
        listen: SocketAddr,
        url: &str,
    ) -> Result<Self, Failure> {
        let path = dir.join(FILE);
        let found = match fs::read_to_string(&path) {
            Err(error) if error.kind() == ErrorKind::NotFound => None,
            read => Some(read.map_err(|error| Failure::file(&path, error))?),
        };
        let wrong = |why: String| Failure::Usage(format!("{}: {why}", path.display()));
        let is_new = found.is_none();
        let mut text = found.unwrap_or_else(|| HEAD.to_owned());
        settings::parse(&text).map_err(wrong)?;
        let file = |name: &str| dir.join(name).display().to_string();
        let wanted = [
            ("PILOTCTL_LISTEN", listen.to_string()),
            ("PILOTCTL_PUBLIC_URL", url.to_owned()),
            ("PILOTCTL_DATA", data.display().to_string()),
            ("PILOTCTL_TLS_CERT", file("tls/server.pem")),
            ("PILOTCTL_TLS_KEY", file("tls/server.key")),
            ("PILOTCTL_JOB_KEY", file("job_key.pgp")),
            ("PILOTCTL_ROOT_KEY", file("root_pub.pgp")),
            ("PILOTCTL_KEY_LIST", file("list.signed.json")),
        ];
        for (name, value) in &wanted {
            text = with(&text, name, value);
        }
        let values = settings::parse(&text).map_err(wrong)?;
        for (name, value) in &wanted {
            if values.get(*name) != Some(value) {
                return Err(wrong(format!("{value:?} cannot stand in a settings file")));
            }
        }
        Ok(Self { path, text, is_new })
    }

    /// Writes the file; its owner and mode stay.
    ///
    /// # Errors
    /// Those of the file system.
    pub(super) fn write(&self, user: Option<&ServiceUser>) -> Result<(), Failure> {
        let written = match self.is_new {
            true => files::write_new(&self.path, 0o640, self.text.as_bytes()).and_then(|()| {
                user.map_or(Ok(()), |user| chown(&self.path, None, Some(user.group)))
            }),
            false => fs::metadata(&self.path).and_then(|before| {
                files::replace(&self.path, before.mode() & 0o7777, self.text.as_bytes())?;
                chown(&self.path, Some(before.uid()), Some(before.gid()))
            }),
        };
        written.map_err(|error| Failure::file(&self.path, error))
    }

    /// Where the file is.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }
}

/// The text with this setting: in the place of its line, or of its example, else at the end.
fn with(text: &str, name: &str, value: &str) -> String {
    let quoted = match value.contains([' ', '#', '*', '?']) {
        true => format!("\"{value}\""),
        false => value.to_owned(),
    };
    let (set, example) = (format!("{name}="), format!("#{name}="));
    let place = |begin: &str| {
        text.lines()
            .position(|line| line.trim_start().starts_with(begin))
    };
    let place = place(&set).or_else(|| place(&example));
    let mut lines: Vec<&str> = text.lines().collect();
    let line = format!("{set}{quoted}");
    match place {
        Some(place) => lines[place] = &line,
        None => lines.push(&line),
    }
    lines.join("\n") + "\n"
}

#[cfg(test)]
mod tests {
    use super::*;

    const PACKAGED: &str = include_str!("../../../../../packaging/pilotctl.conf");

    fn read(dir: &Path, data: &str) -> Result<Settings, Failure> {
        let listen = "0.0.0.0:443".parse().unwrap();
        Settings::read(
            dir,
            Path::new(data),
            listen,
            "https://control.example.com:443",
        )
    }

    #[test]
    fn the_packages_settings_keep_their_lines() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join(FILE), PACKAGED).unwrap();
        let settings = read(folder.path(), "/data").unwrap();
        let values = settings::parse(&settings.text).unwrap();
        assert_eq!(
            values["PILOTCTL_PUBLIC_URL"],
            "https://control.example.com:443"
        );
        assert_eq!(values["PILOTCTL_DATA"], "/data");
        assert_eq!(settings.text.lines().count(), PACKAGED.lines().count());
        let kept = PACKAGED.lines().filter(|line| line.starts_with("# "));
        assert!(kept.into_iter().all(|line| settings.text.contains(line)));
    }

    #[test]
    fn a_new_file_names_everything() {
        let folder = tempfile::tempdir().unwrap();
        let settings = read(folder.path(), "/my data").unwrap();
        let values = settings::parse(&settings.text).unwrap();
        assert_eq!((values.len(), &*values["PILOTCTL_DATA"]), (8, "/my data"));
        settings.write(None).unwrap();
        assert_eq!(read(folder.path(), "/my data").unwrap().text, settings.text);
    }

    #[test]
    fn abuse_what_would_read_differently_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        assert!(read(folder.path(), "/a\"b").is_err());
        assert!(read(folder.path(), "/a$HOME").is_err());
        assert!(read(folder.path(), "/a\nPILOTCTL_LOG=debug").is_err());
        fs::write(folder.path().join(FILE), "export A=b\n").unwrap();
        assert!(read(folder.path(), "/data").is_err());
    }
}
