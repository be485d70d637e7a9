//! Serials: they show which of two packages is newer.

use super::on_disk::{Kept, Serials};
use super::{Locked, Store, read_record, write_record};
use crate::failure::{Failure, Kind};
use std::path::{Path, PathBuf};
use trust::is_serial_ahead;
use wire::PackageName;
use wire::seal::serial_and_time;
use wire::time::rfc3339;

/// A serial and the digest that it was given to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Serial {
    /// Milliseconds since 1970 at signing, or one more than the last.
    pub(crate) serial: u64,
    /// The package's digest.
    pub(crate) digest: String,
}

/// The last package that was accepted under a name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Seen(pub(crate) Option<Serial>);

impl Seen {
    /// Whether `next` may follow: a higher serial, or the same package again.
    pub(crate) fn allows(&self, next: &Serial) -> bool {
        self.0
            .as_ref()
            .is_none_or(|last| next.serial > last.serial || next == last)
    }
}

fn key(name: &PackageName) -> String {
    format!("{}:{}", name.repository(), name.tag)
}

impl Store {
    /// The highest serial that was accepted under a name.
    ///
    /// # Errors
    /// When the record is damaged.
    pub(crate) fn seen(&self, name: &PackageName) -> Result<Seen, Failure> {
        let mut serials: Serials = read_record(&self.seen_path())?;
        Ok(Seen(serials.0.remove(&key(name)).map(|kept| kept.0)))
    }

    /// Remembers that a package was accepted under a name, unless it may not
    /// follow what was accepted before. Returns that: another `art` may have
    /// accepted a newer one since [`Store::seen`] was asked.
    ///
    /// # Errors
    /// When the record cannot be written or is damaged.
    pub(crate) fn accepted(&self, name: &PackageName, serial: &Serial) -> Result<Seen, Failure> {
        let _locked = self.locked()?;
        self.folder("serials")?;
        let mut serials: Serials = read_record(&self.seen_path())?;
        let seen = Seen(serials.0.get(&key(name)).map(|kept| kept.0.clone()));
        if seen.allows(serial) && seen.0.as_ref() != Some(serial) {
            serials.0.insert(key(name), Kept(serial.clone()));
            write_record(&self.seen_path(), &serials)?;
        }
        Ok(seen)
    }

    fn seen_path(&self) -> PathBuf {
        self.home.join("serials/seen.json")
    }
}

/// When something is signed.
pub(crate) struct Now {
    /// Milliseconds since 1970.
    pub(crate) ms: u64,
    /// Whether to ignore a last serial that is ahead of that.
    pub(crate) passes_over_later: bool,
}

impl Now {
    fn refuse(&self, name: &PackageName, last: u64, record: &Path) -> Failure {
        Failure::new(
            Kind::Refused,
            format!(
                "{name} is not signed: its last serial {} ({}) is ahead of this machine's clock ({}), and no host \
                 would believe the next one. Set the clock, if it is wrong. If it was wrong when that serial was \
                 given: `art sign --reset-serial {name}`; where the registry then refuses the package as \
                 older, `pilotctl package reset-serial` there",
                serial_and_time(last),
                record.display(),
                rfc3339(self.ms / 1_000)
            ),
        )
    }
}

impl Locked<'_> {
    /// Hands out the serial for a signature under a name: the time, but always
    /// more than the last one and than `at_least`.
    ///
    /// # Errors
    /// When the last one is ahead of the clock, and the record cannot be written or is damaged.
    pub(crate) fn next_serial(
        &self,
        name: &PackageName,
        digest: &str,
        now: &Now,
        at_least: u64,
    ) -> Result<u64, Failure> {
        let path = self.store.folder("serials")?.join("signed.json");
        let mut serials: Serials = read_record(&path)?;
        let last = serials.0.get(&key(name)).map_or(0, |last| last.0.serial);
        let last = match is_serial_ahead(last, now.ms / 1_000) {
            true if now.passes_over_later => 0,
            true => return Err(now.refuse(name, last, &path)),
            false => last.saturating_add(1),
        };
        let next = Serial {
            serial: now.ms.max(last).max(at_least),
            digest: digest.to_owned(),
        };
        serials.0.insert(key(name), Kept(next.clone()));
        write_record(&path, &serials)?;
        Ok(next.serial)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn serial(serial: u64, digest: &str) -> Serial {
        Serial {
            serial,
            digest: digest.into(),
        }
    }

    #[test]
    fn only_a_newer_package_or_the_same_may_follow() {
        assert!(Seen(None).allows(&serial(1, "a")));
        let seen = Seen(Some(serial(5, "a")));
        assert!(seen.allows(&serial(5, "a")) && seen.allows(&serial(6, "b")));
        assert!(!seen.allows(&serial(4, "a")) && !seen.allows(&serial(5, "b")));
    }

    #[test]
    fn the_highest_serial_is_remembered_by_name() {
        let home = tempfile::tempdir().unwrap();
        let store = Store::new(home.path());
        let name = "r.io/a:1".parse().unwrap();
        let newest = Seen(Some(serial(5, "a")));
        let accepted = |next| store.accepted(&name, &next).unwrap();
        assert_eq!(accepted(serial(5, "a")), Seen(None));
        for late in [serial(4, "b"), serial(5, "b"), serial(5, "a")] {
            assert_eq!(accepted(late), newest, "the later caller gets the newest");
        }
        assert_eq!(store.seen(&name).unwrap(), newest);
        assert_eq!(
            store.seen(&"r.io/a:2".parse().unwrap()).unwrap(),
            Seen(None)
        );
    }

    #[test]
    fn another_spelling_of_the_registry_forgets_nothing() {
        let home = tempfile::tempdir().unwrap();
        let store = Store::new(home.path());
        let newest = serial(5, "a");
        store
            .accepted(&"r.io/ops/a:1".parse().unwrap(), &newest)
            .unwrap();
        for alias in ["R.io/ops/a:1", "r.io:443/ops/a:1", "mirror.example/ops/a:1"] {
            let seen = store.seen(&alias.parse().unwrap()).unwrap();
            assert_eq!(seen.0.as_ref(), Some(&newest), "{alias}");
        }
    }

    #[test]
    fn serials_grow_even_where_the_clock_goes_back() {
        let home = tempfile::tempdir().unwrap();
        let store = Store::new(home.path());
        let name = "r.io/a".parse().unwrap();
        let locked = store.locked().unwrap();
        let next = |ms, at_least| {
            let now = Now {
                ms,
                passes_over_later: false,
            };
            locked.next_serial(&name, "d", &now, at_least).unwrap()
        };
        assert_eq!(next(100, 0), 100);
        assert_eq!(next(50, 0), 101);
        assert_eq!(next(50, 200), 200);
    }

    #[test]
    fn no_serial_from_the_future_is_handed_out_and_there_is_a_way_out() {
        const LATE: u64 = 4_000_000_000_000;
        const NOW: u64 = 1_800_000_000_000;
        let home = tempfile::tempdir().unwrap();
        let store = Store::new(home.path());
        let name = "r.io/a".parse().unwrap();
        let locked = store.locked().unwrap();
        let next = |ms, passes_over_later| {
            let now = Now {
                ms,
                passes_over_later,
            };
            locked.next_serial(&name, "d", &now, 0)
        };
        assert_eq!(next(LATE, false).unwrap(), LATE);
        let refused = next(NOW, false).unwrap_err().to_string();
        for words in ["2096-10-02T", "--reset-serial r.io/lib/a", "signed.json"] {
            assert!(refused.contains(words), "{words}: {refused}");
        }
        assert_eq!(next(NOW, true).unwrap(), NOW);
        assert_eq!(next(NOW - 1_000, true).unwrap(), NOW + 1, "no mistake");
    }
}
