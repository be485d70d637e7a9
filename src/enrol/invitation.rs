//! The file `enrol.d/enrol` beside the configuration: a control service's address and its code,
//! for a host that enrols without an operator present.

use crate::config::address::ControlUri;
use crate::config::{Config, Source};
use crate::exposure;
use crate::failure::Failure;
use crate::identity::Identity;
use crate::storage;
use crate::sys::user;
use std::fs::{File, Metadata};
use std::io::{self, Read};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use wire::code::EnrolCode;

const NAME: &str = "enrol";

/// The one folder beside the configuration in which the agent removes a file.
const FOLDER: &str = "enrol.d";

const MOST_BYTES: u64 = 4096;

const WRITABLE_BY_OTHERS: u32 = 0o022;
const READABLE_BY_OTHERS: u32 = 0o044;

/// What such a file says.
#[derive(Debug)]
pub(crate) struct Invitation {
    file: PathBuf,
    /// The service.
    pub(crate) uri: ControlUri,
    /// The code that it made.
    pub(crate) code: EnrolCode,
    /// Which writing of the file it is from.
    pub(crate) version: Version,
    /// Whether other users of this host could read the code.
    pub(crate) is_exposed: bool,
}

/// Distinguishes a file from one that replaces it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Version {
    inode: u64,
    changed: (i64, i64),
}

impl Invitation {
    /// Looks for the file, in a folder of its own beside the configuration and, where earlier
    /// versions had it, right beside that; `None` when there is none, or nothing in it. Several
    /// agents of one host have different instances.
    ///
    /// # Errors
    /// When it cannot be read, others could have written it, or it is not two
    /// lines with address and code. What stands there is not repeated.
    pub(crate) fn find(source: &Source, config: &Config) -> Result<Option<Self>, Failure> {
        let name = match config.instance.as_str() {
            "" => NAME.to_owned(),
            instance => format!("{NAME}.{instance}"),
        };
        for file in [format!("{FOLDER}/{name}"), name].map(|name| source.beside(&name)) {
            let found = Self::read(&file)?;
            if found.is_some() {
                exposure::refuse(&file, &config.home)?;
                return Ok(found);
            }
        }
        Ok(None)
    }

    /// Reads a file.
    ///
    /// # Errors
    /// As [`Invitation::find`].
    pub(crate) fn read(file: &Path) -> Result<Option<Self>, Failure> {
        let wrong = |why: &str| Failure::configuration(format!("{}: {why}", file.display()));
        let Some((text, found)) = load(file).map_err(|error| wrong(&error.to_string()))? else {
            return Ok(None);
        };
        if let Some(why) = mistrust(&found, user::effective_id()) {
            return Err(wrong(why));
        }
        let Some((uri, code)) = parse(&text).map_err(|why| wrong(&why))? else {
            return Ok(None);
        };
        Ok(Some(Self {
            file: file.to_path_buf(),
            uri,
            code,
            version: Version {
                inode: found.ino(),
                changed: (found.ctime(), found.ctime_nsec()),
            },
            is_exposed: found.mode() & READABLE_BY_OTHERS != 0,
        }))
    }

    /// The file.
    pub(crate) fn file(&self) -> &Path {
        &self.file
    }

    /// Whether this identity came of the invitation.
    pub(crate) fn has_led_to(&self, identity: &Identity) -> bool {
        identity.enrolled && identity.control == Some(self.uri.to_string())
    }

    /// Takes the code off this host: the file is removed, or emptied where its
    /// folder does not allow that.
    ///
    /// # Errors
    /// When neither is possible.
    pub(crate) fn discard(&self) -> io::Result<()> {
        storage::remove(&self.file).or_else(|error| {
            let emptied = File::options().write(true).truncate(true).open(&self.file);
            emptied.and_then(|file| file.sync_all()).map_err(|_| error)
        })
    }
}

fn load(file: &Path) -> io::Result<Option<(String, Metadata)>> {
    let opened = match File::open(file) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        opened => opened?,
    };
    let found = opened.metadata()?;
    let mut text = String::new();
    opened.take(MOST_BYTES + 1).read_to_string(&mut text)?;
    if text.len() as u64 > MOST_BYTES {
        let why = "longer than an address and a code can be";
        return Err(io::Error::new(io::ErrorKind::InvalidData, why));
    }
    Ok(Some((text, found)))
}

/// A user who can write the file can have this host run jobs of a control of theirs.
fn mistrust(found: &Metadata, user: u32) -> Option<&'static str> {
    if !found.is_file() {
        return Some("not a file");
    }
    if ![user::ROOT, user].contains(&found.uid()) {
        return Some("it belongs to another user than root and the agent's: it is not followed");
    }
    (found.mode() & WRITABLE_BY_OTHERS != 0).then_some(
        "other users can write to it, so it is not followed: write it anew, with mode 0600",
    )
}

/// Address and code, in this order, separated by line feeds or blanks; lines that
/// begin with `#` are passed over.
fn parse(text: &str) -> Result<Option<(ControlUri, EnrolCode)>, String> {
    let text = text.strip_prefix('\u{FEFF}').unwrap_or(text);
    let lines = text.lines().filter(|line| !line.trim().starts_with('#'));
    let words: Vec<&str> = lines.flat_map(str::split_whitespace).collect();
    match words[..] {
        [] => Ok(None),
        [uri, code] => {
            let uri = uri.parse().map_err(|why| format!("the address: {why}"))?;
            let code = code.parse().map_err(|why| format!("the code: {why}"))?;
            Ok(Some((uri, code)))
        }
        _ => Err("write control's address on the first line, the code on the second".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;
    use std::os::unix::fs::PermissionsExt;
    use tempfile::TempDir;

    fn code() -> String {
        format!("pilot1.{}..", "A".repeat(22))
    }

    /// A folder, and the file in it.
    fn written(text: &str, mode: u32) -> (TempDir, PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join(NAME);
        fs::write(&file, text).unwrap();
        fs::set_permissions(&file, fs::Permissions::from_mode(mode)).unwrap();
        (folder, file)
    }

    #[test]
    fn address_and_code_are_read() {
        let text = format!(
            "\u{FEFF}# for rack 7\r\nhttps://control.example:8443\r\n{}\r\n",
            code()
        );
        let (_folder, file) = written(&text, 0o600);
        let invitation = Invitation::read(&file).unwrap().unwrap();
        assert_eq!(invitation.uri.port(), 8443);
        assert_eq!(invitation.code.expose(), code());
        assert!(!invitation.is_exposed);
    }

    #[test]
    fn no_file_and_one_that_was_emptied_are_no_invitation() {
        let (folder, file) = written("\n", 0o600);
        assert!(Invitation::read(&file).unwrap().is_none());
        assert!(
            Invitation::read(&folder.path().join("none"))
                .unwrap()
                .is_none()
        );
    }

    #[test]
    fn errors_do_not_show_the_code() {
        let secret = "S".repeat(22);
        for (text, why) in [
            (format!("pilot1.{secret}.."), "first line"),
            (format!("https://a\npilot1.{secret}.xy."), "the code"),
            (format!("http://a\npilot1.{secret}.."), "plain HTTP"),
            (format!("pilot1.{secret}..\nhttps://a"), "the address"),
            (format!("https://a\npilot1.{secret}..\nmore"), "first line"),
            (format!("https://a\n#{}", secret.repeat(300)), "longer than"),
        ] {
            let (_folder, file) = written(&text, 0o600);
            let message = Invitation::read(&file).unwrap_err().to_string();
            assert!(
                message.contains(why) && !message.contains(&secret),
                "{message}"
            );
        }
    }

    #[test]
    fn a_file_that_others_can_write_is_refused_and_one_they_can_read_is_reported() {
        let text = format!("https://control.example\n{}\n", code());
        let (_folder, file) = written(&text, 0o622);
        let message = Invitation::read(&file).unwrap_err().to_string();
        assert!(message.contains("other users can write"), "{message}");
        let (_folder, file) = written(&text, 0o644);
        assert!(Invitation::read(&file).unwrap().unwrap().is_exposed);
    }

    #[test]
    fn another_users_file_is_not_followed() {
        let (_folder, file) = written("", 0o600);
        let found = fs::metadata(&file).unwrap();
        assert_eq!(mistrust(&found, found.uid()), None);
        if found.uid() != user::ROOT {
            assert!(mistrust(&found, found.uid() + 1).is_some());
        }
    }

    #[test]
    fn a_new_file_differs_from_the_one_before() {
        let text = format!("https://control.example\n{}\n", code());
        let (_folder, file) = written(&text, 0o600);
        let version = || Invitation::read(&file).unwrap().unwrap().version;
        let first = version();
        assert_eq!(first, version());
        fs::write(file.with_extension("new"), &text).unwrap();
        fs::rename(file.with_extension("new"), &file).unwrap();
        assert_ne!(first, version());
    }

    #[test]
    fn the_code_goes_with_the_file() {
        let text = format!("https://control.example\n{}\n", code());
        let (_folder, file) = written(&text, 0o600);
        let invitation = Invitation::read(&file).unwrap().unwrap();
        invitation.discard().unwrap();
        assert!(!file.exists());
        invitation.discard().unwrap();
    }
}
