//! The packages in the store, by name.

use super::on_disk::Index;
use super::{Locked, Store, read_record, write_record};
use crate::failure::{Context, Failure, Kind};
use crate::files::{self, Access, COPIED_AT_ONCE};
use crate::package::{Archive, Draft, MAX_SEAL, Package, Reference, parse_seal};
use std::fs;
use std::io::{self, BufReader};
use std::path::{Path, PathBuf};
use wire::PackageName;
use wire::seal::Seal;

impl Store {
    /// The package of that name.
    ///
    /// # Errors
    /// When there is none, or the store is damaged.
    pub(crate) fn package(&self, name: &PackageName) -> Result<Package, Failure> {
        let reference = self.reference(name)?.ok_or_else(|| {
            Failure::own(format!(
                "there is no package {name} on this machine: `art build` or `art pull` it first"
            ))
        })?;
        self.read(&reference)
    }

    /// All packages, by name.
    ///
    /// # Errors
    /// When the store is damaged.
    pub(crate) fn packages(&self) -> Result<Vec<(String, Seal)>, Failure> {
        let Index(index) = self.index()?;
        let read =
            |(name, reference): (String, String)| Ok((name, self.read_seal(&reference.parse()?)?));
        index.into_iter().map(read).collect()
    }

    /// The package of that name, if it is in the store and its files can be read. Damaged files
    /// are no error: they are fetched again.
    ///
    /// # Errors
    /// When the index is damaged.
    pub(crate) fn cached(&self, name: &PackageName) -> Result<Option<Package>, Failure> {
        let reference = self.reference(name)?;
        Ok(reference.and_then(|reference| self.read(&reference).ok()))
    }

    /// Stores a package under a name. The one that had the name before is
    /// removed, unless it has another name.
    ///
    /// # Errors
    /// When the store cannot be written or is damaged, or another name has
    /// another package of the same reference.
    pub(crate) fn put(&self, name: &PackageName, package: &Package) -> Result<(), Failure> {
        self.locked()?.put(name, package)
    }

    /// Stores a package that was built here, and returns it as stored: if the same package is in
    /// the store, its signatures are kept.
    ///
    /// # Errors
    /// As [`Store::put`].
    pub(crate) fn put_built(
        &self,
        name: &PackageName,
        mut package: Package,
    ) -> Result<Package, Failure> {
        let store = self.locked()?;
        let stored = self.read_seal(&package.reference()?);
        if let Some(stored) = stored
            .ok()
            .filter(|seal| seal.digest == package.seal.digest)
        {
            package.seal.seal = stored.seal;
        }
        store.put(name, &package)?;
        Ok(package)
    }

    /// The author of a package chooses its reference. If it were that of another name's package,
    /// it would replace that one, and its publisher would sign or push the wrong package.
    fn refuse_to_replace_anothers(
        &self,
        index: &Index,
        name: &PackageName,
        reference: &Reference,
        package: &Package,
    ) -> Result<(), Failure> {
        let (own, reference) = (name.to_string(), reference.to_string());
        let mut others = index
            .0
            .iter()
            .filter(|(other, used)| **used == reference && **other != own);
        match others.next() {
            Some((other, _)) if !self.is_stored(package) => Err(Failure::new(
                Kind::Refused,
                format!(
                    "{name} is refused: it has the reference {reference} of {other}, but is another package; \
                     ask its publisher to build it anew"
                ),
            )),
            _ => Ok(()),
        }
    }

    /// Whether this package is in the store, with any signatures.
    fn is_stored(&self, package: &Package) -> bool {
        let stored = package
            .reference()
            .and_then(|reference| self.read_seal(&reference));
        stored.is_ok_and(|seal| seal.digest == package.seal.digest) && package.is_whole()
    }

    fn index_path(&self) -> PathBuf {
        self.home.join("packages/index.json")
    }

    fn index(&self) -> Result<Index, Failure> {
        read_record(&self.index_path())
    }

    fn reference(&self, name: &PackageName) -> Result<Option<Reference>, Failure> {
        let found = self.index()?.0.remove(&name.to_string());
        found.map(|reference| reference.parse()).transpose()
    }

    fn file(&self, reference: &Reference, extension: &str) -> PathBuf {
        self.home.join(format!("packages/{reference}.{extension}"))
    }

    /// A new archive without a name. It is on the disk where packages run or are stored, because
    /// folders for temporary files are in memory on many hosts.
    ///
    /// # Errors
    /// When no file can be made there.
    pub(crate) fn draft(&self) -> Result<Draft, Failure> {
        files::private_folder(&self.home)?;
        let folder = self.runs.as_ref().unwrap_or(&self.home);
        Draft::new(folder).context("cannot make a file in", folder)
    }

    pub(super) fn read(&self, reference: &Reference) -> Result<Package, Failure> {
        Ok(Package {
            seal: self.read_seal(reference)?,
            archive: self.read_archive(reference)?,
        })
    }

    fn read_archive(&self, reference: &Reference) -> Result<Archive, Failure> {
        let path = self.file(reference, "zip");
        let file = match files::open(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Err(missing(&path)),
            opened => opened.context("cannot read", &path)?,
        };
        let mut draft = self.draft()?;
        io::copy(
            &mut BufReader::with_capacity(COPIED_AT_ONCE, file),
            &mut draft,
        )
        .context("cannot copy", &path)?;
        Ok(draft.finish())
    }

    fn read_seal(&self, reference: &Reference) -> Result<Seal, Failure> {
        parse_seal(&read_whole(&self.file(reference, "json"), MAX_SEAL)?)
    }

    fn write(&self, reference: &Reference, package: &Package) -> Result<(), Failure> {
        files::remove_unfinished(&self.folder("packages")?);
        let seal = package.seal.print().map_err(Failure::own)?;
        let path = self.file(reference, "zip");
        let archive = &package.archive;
        if !files::open(&path).is_ok_and(|stored| archive.is_in(&stored).unwrap_or(false)) {
            files::replace_by(&path, Access::Private, |file| archive.copy_to(file))?;
        }
        files::replace(&self.file(reference, "json"), &seal, Access::Private)
    }

    fn remove(&self, reference: &Reference) -> Result<(), Failure> {
        for extension in ["zip", "json"] {
            let path = self.file(reference, extension);
            match fs::remove_file(&path) {
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                other => other.context("cannot remove", &path)?,
            }
        }
        Ok(())
    }
}

impl Locked<'_> {
    /// As [`Store::put`].
    ///
    /// # Errors
    /// As there.
    pub(crate) fn put(&self, name: &PackageName, package: &Package) -> Result<(), Failure> {
        let store = self.store;
        let reference = package.reference()?;
        let mut index = store.index()?;
        store.refuse_to_replace_anothers(&index, name, &reference, package)?;
        store.write(&reference, package)?;
        let previous = index.0.insert(name.to_string(), reference.to_string());
        write_record(&store.index_path(), &index)?;
        match previous {
            Some(unused) if !index.0.values().any(|used| *used == unused) => {
                store.remove(&unused.parse()?)
            }
            _ => Ok(()),
        }
    }
}

fn read_whole(path: &Path, limit: u64) -> Result<Vec<u8>, Failure> {
    files::read_if_there(path, limit)?.ok_or_else(|| missing(path))
}

fn missing(path: &Path) -> Failure {
    Failure::own(format!(
        "{} is missing from the store: pull or build the package anew",
        path.display()
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use wire::seal::Manifest;

    fn package(reference: &str) -> Package {
        let manifest = Manifest {
            reference: reference.into(),
            ..Manifest::default()
        };
        let archive = Archive::of(reference.as_bytes());
        Package {
            seal: Seal::new(&manifest, archive.hash()).unwrap(),
            archive,
        }
    }

    fn name(text: &str) -> PackageName {
        text.parse().unwrap()
    }

    #[test]
    fn a_package_is_found_by_its_name() {
        let home = tempfile::tempdir().unwrap();
        let store = Store::new(home.path());
        assert!(store.cached(&name("r.io/a")).unwrap().is_none());
        store.put(&name("r.io/a"), &package("1")).unwrap();
        assert_eq!(
            store.package(&name("r.io/a")).unwrap().archive.bytes(),
            b"1"
        );
        assert!(store.package(&name("r.io/a:2")).is_err());
    }

    #[test]
    fn a_package_without_a_name_is_removed() {
        let home = tempfile::tempdir().unwrap();
        let store = Store::new(home.path());
        store.put(&name("r.io/a:1"), &package("1")).unwrap();
        store.put(&name("r.io/a:latest"), &package("1")).unwrap();
        store.put(&name("r.io/a:latest"), &package("2")).unwrap();
        assert_eq!(
            store.package(&name("r.io/a:1")).unwrap().archive.bytes(),
            b"1"
        );
        store.put(&name("r.io/a:1"), &package("2")).unwrap();
        assert!(!home.path().join("packages/1.zip").exists());
        assert_eq!(store.packages().unwrap().len(), 2);
    }

    #[test]
    fn another_names_package_cannot_be_replaced() {
        let home = tempfile::tempdir().unwrap();
        let store = Store::new(home.path());
        store.put(&name("r.io/mine"), &package("1")).unwrap();
        let manifest = package("1").manifest().unwrap();
        let archive = Archive::of(b"evil");
        let evil = Package {
            seal: Seal::new(&manifest, archive.hash()).unwrap(),
            archive,
        };
        let refusal = store.put(&name("r.io/evil"), &evil).unwrap_err();
        assert!(refusal.to_string().contains("r.io/lib/mine"), "{refusal}");
        let lying = Package {
            archive: Archive::of(b"evil"),
            ..package("1")
        };
        assert!(store.put(&name("r.io/evil"), &lying).is_err());
        assert_eq!(
            store.package(&name("r.io/mine")).unwrap().archive.bytes(),
            b"1"
        );
        store.put(&name("r.io/mine"), &evil).unwrap();
    }

    #[test]
    fn damaged_files_are_fetched_again() {
        let home = tempfile::tempdir().unwrap();
        let store = Store::new(home.path());
        for file in ["1.zip", "1.json"] {
            store.put(&name("r.io/a"), &package("1")).unwrap();
            assert!(store.cached(&name("r.io/a")).unwrap().is_some());
            fs::remove_file(home.path().join("packages").join(file)).unwrap();
            assert!(store.cached(&name("r.io/a")).unwrap().is_none());
        }
    }

    #[test]
    fn a_killed_writers_files_are_removed_by_the_next() {
        let home = tempfile::tempdir().unwrap();
        let store = Store::new(home.path());
        store.put(&name("r.io/a"), &package("1")).unwrap();
        let left = home.path().join("packages/.art-left");
        fs::write(&left, b"half").unwrap();
        store.put(&name("r.io/a"), &package("1")).unwrap();
        assert!(!left.exists());
        assert_eq!(
            store.package(&name("r.io/a")).unwrap().archive.bytes(),
            b"1"
        );
    }

    #[test]
    fn a_damaged_index_is_not_taken_for_an_empty_one() {
        let home = tempfile::tempdir().unwrap();
        let store = Store::new(home.path());
        store.put(&name("r.io/a"), &package("1")).unwrap();
        fs::write(store.index_path(), b"{").unwrap();
        assert!(store.package(&name("r.io/a")).is_err());
        assert!(store.put(&name("r.io/a"), &package("2")).is_err());
    }
}
