//! What goes beside the programs: checksums, and a signature over them.

use crate::failure::{Context, Result, failed};
use sha2::{Digest, Sha256};
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use trust::SecretKey;

const SUMS: &str = "SHA256SUMS";
const SIGNATURE: &str = "SHA256SUMS.asc";

/// Writes the checksums of all files of a folder into it, as sha256sum(1)
/// checks them, and signs them if there is a key.
///
/// # Errors
/// When a file cannot be read or written, or the key does not sign.
pub(crate) fn seal(folder: &Path, key: Option<&Path>, time: u64) -> Result<()> {
    let signature = folder.join(SIGNATURE);
    let _ = fs::remove_file(&signature);
    let mut sums = String::new();
    for file in files(folder)? {
        let name = file.strip_prefix(folder).unwrap_or(&file).display();
        if file != folder.join(SUMS) {
            sums += &format!("{}  {name}\n", sha256(&file)?);
        }
    }
    fs::write(folder.join(SUMS), &sums).context(SUMS)?;
    if let Some(path) = key {
        let armored = secret_key(path)?
            .sign(sums.as_bytes(), time)
            .context(format_args!("{} does not sign", path.display()))?;
        fs::write(&signature, armored).context(SIGNATURE)?;
    }
    Ok(())
}

fn secret_key(path: &Path) -> Result<SecretKey> {
    let mode = fs::metadata(path)
        .context(path.display())?
        .permissions()
        .mode();
    if mode & 0o077 != 0 {
        return failed(format!(
            "others can read {0}: run `chmod 600 {0}`",
            path.display()
        ));
    }
    let bytes = fs::read(path).context(path.display())?;
    SecretKey::from_bytes(&bytes).context(path.display())
}

/// All files below a folder, in the order of their names.
fn files(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).context(folder.display())? {
        let path = entry.context(folder.display())?.path();
        if path.is_dir() {
            files.extend(self::files(&path)?);
        } else {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}

fn sha256(file: &Path) -> Result<String> {
    let bytes = fs::read(file).context(file.display())?;
    Ok(Sha256::digest(&bytes)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use needs::{Need, lacks};
    use std::process::Command;
    use tempfile::TempDir;
    use trust::{Algorithm, Keyring};

    const NOW: u64 = 1_780_272_000;

    fn release() -> TempDir {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("target")).unwrap();
        fs::write(folder.path().join("target/pilot"), "program").unwrap();
        folder
    }

    #[test]
    fn the_sums_are_what_sha256sum_checks() {
        let folder = release();
        for _ in 0..2 {
            seal(folder.path(), None, NOW).unwrap();
        }
        let check = || {
            let mut check = Command::new("sha256sum");
            check
                .args(["--check", "--strict", SUMS])
                .current_dir(folder.path());
            check.output().unwrap().status.success()
        };
        assert!(check());
        fs::write(folder.path().join("target/pilot"), "another").unwrap();
        assert!(!check());
    }

    /// A release that was signed with a key, and the file of that key.
    fn sealed(key: &SecretKey) -> (TempDir, tempfile::NamedTempFile) {
        let folder = release();
        let place = tempfile::NamedTempFile::new().unwrap();
        fs::write(place.path(), key.to_armor().unwrap().as_bytes()).unwrap();
        seal(folder.path(), Some(place.path()), NOW).unwrap();
        (folder, place)
    }

    fn key() -> SecretKey {
        SecretKey::generate("release", Algorithm::Ed25519, NOW - 1).unwrap()
    }

    #[test]
    fn gnupg_verifies_the_signature() {
        if lacks(&[Need::Program("gpg")]) {
            return;
        }
        let key = key();
        let (folder, _place) = sealed(&key);
        let home = tempfile::tempdir().unwrap();
        let certificate = home.path().join("release.pgp");
        fs::write(&certificate, key.certificate().to_armor()).unwrap();
        let time = NOW.to_string();
        let gpg = |arguments: &[&str], file: &Path| {
            let mut gpg = Command::new("gpg");
            gpg.args(["--batch", "--faked-system-time", &time, "--homedir"])
                .arg(home.path())
                .args(arguments)
                .arg(file);
            gpg.output().unwrap().status.success()
        };
        assert!(gpg(&["--import"], &certificate));
        let detached = folder.path().join(SIGNATURE);
        let verify = ["--verify", detached.to_str().unwrap()];
        assert!(gpg(&verify, &folder.path().join(SUMS)));
        assert!(!gpg(&verify, &folder.path().join("target/pilot")));
    }

    #[test]
    fn the_signature_is_the_keys_and_over_the_sums() {
        let key = key();
        let (folder, place) = sealed(&key);
        let [sums, signature] = [SUMS, SIGNATURE].map(|name| fs::read(folder.path().join(name)));
        let (sums, signature) = (sums.unwrap(), signature.unwrap());
        let keyring = Keyring::from(key.certificate());
        assert!(keyring.verify(&sums, &signature, NOW).is_ok());
        assert!(keyring.verify(b"else", &signature, NOW).is_err());

        fs::set_permissions(place.path(), fs::Permissions::from_mode(0o644)).unwrap();
        let refusal = seal(folder.path(), Some(place.path()), NOW).unwrap_err();
        assert!(refusal.to_string().contains("chmod 600"), "{refusal}");
    }
}
