//! Making a key pair.

use crate::failure::{Failure, Kind};
use crate::files::{self, Access};
use std::path::{Path, PathBuf};
use trust::{Algorithm, Fingerprint, SecretKey};

/// Whose key it is.
pub(crate) struct Owner<'a> {
    /// A person's, a team's or a service's name.
    pub(crate) name: &'a str,
    /// Address.
    pub(crate) email: &'a str,
    /// What the key is for.
    pub(crate) comment: &'a str,
}

impl Owner<'_> {
    /// `NAME (COMMENT) <EMAIL>`, as OpenPGP has it.
    fn user_id(&self) -> Result<String, Failure> {
        let foreign = |text: &str| text.chars().any(|c| c.is_control() || "<>()".contains(c));
        if self.name.trim().is_empty()
            || [self.name, self.email, self.comment]
                .map(foreign)
                .contains(&true)
        {
            return Err(Failure::new(
                Kind::Usage,
                "name, e-mail and comment go into the key's user id: give a name, and no brackets or control characters",
            ));
        }
        let mut user_id = self.name.trim().to_owned();
        if !self.comment.is_empty() {
            user_id.push_str(&format!(" ({})", self.comment));
        }
        if !self.email.is_empty() {
            user_id.push_str(&format!(" <{}>", self.email));
        }
        Ok(user_id)
    }

    /// The name with everything but letters, digits, `.`, `_` and `-` replaced.
    fn file_stem(&self) -> String {
        let safe = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c);
        let stem: String = self
            .name
            .trim()
            .chars()
            .map(|c| if safe(c) { c.to_ascii_lowercase() } else { '_' })
            .collect();
        stem.trim_start_matches(['.', '-']).to_owned()
    }
}

/// A key pair that was written.
pub(crate) struct Pair {
    /// The public key's file, mode 0644.
    pub(crate) public: PathBuf,
    /// The secret key's file, mode 0600.
    pub(crate) secret: PathBuf,
    /// The key's name.
    pub(crate) fingerprint: Fingerprint,
}

/// Makes a key pair and writes it into a folder.
///
/// # Errors
/// When one of the files is already there, or cannot be written.
pub(crate) fn generate(
    owner: &Owner<'_>,
    algorithm: Algorithm,
    folder: &Path,
    now: u64,
) -> Result<Pair, Failure> {
    let stem = owner.file_stem();
    let public = folder.join(format!("{stem}_pub.pgp"));
    let secret = folder.join(format!("{stem}_key.pgp"));
    let user_id = owner.user_id()?;
    refuse_to_overwrite(&[&public, &secret])?;
    let key = SecretKey::generate(&user_id, algorithm, now).map_err(Failure::own)?;
    let armor = key.to_armor().map_err(Failure::own)?;
    files::create(&secret, armor.as_bytes(), Access::Private)?;
    let certificate = key.certificate();
    let written = files::create(&public, certificate.to_armor().as_bytes(), Access::Public);
    if let Err(failure) = written {
        // A secret key without its public half would only be in the way.
        let _ = std::fs::remove_file(&secret);
        return Err(failure);
    }
    Ok(Pair {
        public,
        secret,
        fingerprint: certificate.fingerprint(),
    })
}

fn refuse_to_overwrite(paths: &[&PathBuf]) -> Result<(), Failure> {
    match paths.iter().find(|path| path.exists()) {
        Some(path) => Err(Failure::own(format!(
            "{} is already there: choose another name or folder, or move it away",
            path.display()
        ))),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn owner<'a>(name: &'a str, comment: &'a str) -> Owner<'a> {
        Owner {
            name,
            email: "a@example.com",
            comment,
        }
    }

    #[test]
    fn user_ids_are_written_as_openpgp_has_them() {
        let full = owner("Ann", "jobs").user_id().unwrap();
        assert_eq!(full, "Ann (jobs) <a@example.com>");
        assert_eq!(owner("Ann", "").user_id().unwrap(), "Ann <a@example.com>");
        assert!(owner(" ", "").user_id().is_err());
        assert!(owner("Ann <b@example.com>", "").user_id().is_err());
    }

    #[test]
    fn of_a_pair_that_cannot_be_written_nothing_is_left() {
        use std::os::unix::fs::symlink;
        let folder = tempfile::tempdir().unwrap();
        // Nothing seems to be there, and nothing can be put there.
        symlink("nowhere", folder.path().join("ann_pub.pgp")).unwrap();
        let made = generate(
            &owner("Ann", ""),
            Algorithm::Ed25519,
            folder.path(),
            1_700_000_000,
        );
        assert!(made.is_err());
        assert!(!folder.path().join("ann_key.pgp").exists());
    }

    #[test]
    fn file_names_stay_in_their_folder() {
        assert_eq!(owner("Job Key/../x", "").file_stem(), "job_key_.._x");
        assert_eq!(owner("../-x", "").file_stem(), "_-x");
    }
}
