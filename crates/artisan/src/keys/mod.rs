//! The keys in `art`'s home: one that signs, any number that are trusted.

mod generate;

pub(crate) use generate::{Owner, generate};

use crate::failure::{Context, Failure, Kind};
use crate::files;
use crate::settings::Settings;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use trust::{Keyring, MOST_KEY_FILE, SecretKey};

/// Reads the key that signs: `given`, or the home's.
///
/// # Errors
/// When there is none, others could read it, or it is no secret key.
pub(crate) fn signing(settings: &Settings, given: Option<&Path>) -> Result<SecretKey, Failure> {
    let path = match given {
        Some(path) => path.to_owned(),
        None => settings.home.join("keys/sign.pgp"),
    };
    refuse_if_others_can_read(&path)?;
    let bytes = files::read_if_there(&path, MOST_KEY_FILE)?.ok_or_else(|| no_key(&path))?;
    SecretKey::from_bytes(&bytes)
        .map_err(|error| Failure::own(format!("{}: {error}", path.display())))
}

fn no_key(path: &Path) -> Failure {
    Failure::own(format!(
        "there is no key {}: make one with `art pgp gen` and put the secret one there, or name it with -k",
        path.display()
    ))
}

fn refuse_if_others_can_read(path: &Path) -> Result<(), Failure> {
    let mode = fs::metadata(path).map_or(0, |metadata| metadata.permissions().mode());
    if mode & 0o077 == 0 {
        return Ok(());
    }
    let path = path.display();
    Err(Failure::own(format!(
        "others can read or change {path}: run `chmod 600 {path}`, and make a new key if they may have"
    )))
}

/// Reads the keys that are trusted: the file in `ART_VERIFY_KEYS`, else all of
/// the home's.
///
/// # Errors
/// When there are none, or one cannot be read.
pub(crate) fn trusted(settings: &Settings) -> Result<Keyring, Failure> {
    let keyring = match &settings.verify_keys {
        Some(path) => keyring_in(path)?,
        None => all_keyrings(&verify_folder(settings))?,
    };
    match keyring.certificates() {
        [] => Err(no_trust(format!(
            "put the publisher's public key (*.pgp) into {}",
            verify_folder(settings).display()
        ))),
        _ => Ok(keyring),
    }
}

/// The file or folder that the trusted keys are in.
pub(crate) fn place(settings: &Settings) -> PathBuf {
    let file = settings.verify_keys.clone();
    file.unwrap_or_else(|| verify_folder(settings))
}

fn verify_folder(settings: &Settings) -> PathBuf {
    settings.home.join("keys/verify")
}

/// The keys in `HOME/keys/verify`.
fn all_keyrings(folder: &Path) -> Result<Keyring, Failure> {
    for ancestor in folder.ancestors().take(3) {
        refuse_if_others_can_change(ancestor)?;
    }
    let mut keyring = Keyring::default();
    for path in in_folder(folder)? {
        keyring.extend(keyring_in(&path)?);
    }
    Ok(keyring)
}

fn keyring_in(path: &Path) -> Result<Keyring, Failure> {
    refuse_if_others_can_change(path)?;
    let shown = path.display();
    let bytes = files::read_if_there(path, MOST_KEY_FILE)?
        .ok_or_else(|| no_trust(format!("there is no file {shown}")))?;
    Keyring::from_bytes(&bytes).map_err(|error| no_trust(format!("{shown}: {error}")))
}

/// A user who can add a key there decides what runs here. A group may be allowed to: many
/// systems give each user one of their own.
fn refuse_if_others_can_change(path: &Path) -> Result<(), Failure> {
    let mode = fs::metadata(path).map_or(0, |metadata| metadata.permissions().mode());
    if mode & 0o002 == 0 {
        return Ok(());
    }
    let path = path.display();
    Err(no_trust(format!(
        "every user can change {path}: check its files, then run `chmod o-w {path}`"
    )))
}

fn no_trust(reason: String) -> Failure {
    Failure::new(
        Kind::Refused,
        format!("no registry key is trusted: {reason}"),
    )
}

fn in_folder(folder: &Path) -> Result<Vec<PathBuf>, Failure> {
    if !folder.exists() {
        return Ok(Vec::new());
    }
    let entries = fs::read_dir(folder).context("cannot list", folder)?;
    let mut paths = Vec::new();
    for entry in entries {
        let path = entry.context("cannot list", folder)?.path();
        if path.extension().is_some_and(|extension| extension == "pgp") {
            paths.push(path);
        }
    }
    paths.sort();
    Ok(paths)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs::Permissions;

    fn settings(home: &Path) -> Settings {
        Settings {
            home: home.to_owned(),
            ..Settings::default()
        }
    }

    #[test]
    fn a_key_that_others_can_read_does_not_sign() {
        let home = tempfile::tempdir().unwrap();
        let key = home.path().join("k");
        fs::write(&key, b"x").unwrap();
        fs::set_permissions(&key, Permissions::from_mode(0o640)).unwrap();
        let refusal = signing(&settings(home.path()), Some(&key))
            .map(drop)
            .unwrap_err();
        assert!(refusal.to_string().contains("chmod 600"), "{refusal}");
    }

    #[test]
    fn without_a_trusted_key_nothing_is_trusted() {
        let home = tempfile::tempdir().unwrap();
        let refusal = trusted(&settings(home.path())).unwrap_err();
        assert!(refusal.to_string().contains("keys/verify"), "{refusal}");
    }

    #[test]
    fn keys_that_every_user_can_change_are_not_trusted() {
        let home = tempfile::tempdir().unwrap();
        let folder = home.path().join("keys/verify");
        fs::create_dir_all(&folder).unwrap();
        let key = folder.join("a.pgp");
        let pair = SecretKey::generate("a", trust::Algorithm::Ed25519, 1_000).unwrap();
        fs::write(&key, pair.certificate().to_armor()).unwrap();
        let chmod =
            |path: &Path, mode| fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
        for path in [home.path(), folder.parent().unwrap(), &folder, &key] {
            chmod(path, 0o775);
            assert!(trusted(&settings(home.path())).is_ok(), "{path:?}");
            chmod(path, 0o777);
            let refusal = trusted(&settings(home.path())).unwrap_err();
            assert!(refusal.to_string().contains("chmod o-w"), "{refusal}");
            chmod(path, 0o755);
        }
    }
}
