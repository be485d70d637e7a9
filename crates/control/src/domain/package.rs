//! Which packages the registry accepts.

use super::Error;
use super::endorsed;
use super::root::Root;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use trust::{CLOCK_SKEW, is_serial_ahead};
use wire::PackageName;
use wire::limits::MOST_ARCHIVE;
use wire::package::LONGEST_FOLDER;
use wire::seal::{ArchiveHash, Endorsement, Manifest, Seal, serial_and_time};
use wire::time::rfc3339;

/// The default limit of an archive's size, in bytes.
pub(crate) const DEFAULT_LARGEST: u64 = MOST_ARCHIVE;

/// Checks the parts of a package's address.
///
/// # Errors
/// [`Error::Invalid`] with the rule for names.
pub(crate) fn address(group: &str, name: &str, tag: &str) -> Result<PackageName, Error> {
    let parsed = format!("registry/{group}/{name}:{tag}").parse();
    parsed.ok().filter(PackageName::has_folder).ok_or_else(|| {
        Error::Invalid(format!(
            "{group}/{name}:{tag} cannot be a package: use letters, digits, '.', '_' and '-', and fewer than {LONGEST_FOLDER} of them"
        ))
    })
}

/// A pushed package, parsed and checked.
pub(crate) struct Pushed {
    /// Its repository and tag.
    pub(crate) name: PackageName,
    /// Its reference, which names its files.
    pub(crate) reference: String,
    /// Its id.
    pub(crate) id: String,
    /// Its seal's digest.
    pub(crate) digest: String,
    /// Its seal, as it is stored and served.
    pub(crate) seal: String,
    /// The serial of its endorsement, if it has one.
    pub(crate) serial: Option<u64>,
}

/// A package of a repository, with the tags that point to it.
#[derive(Debug)]
pub(crate) struct StoredPackage {
    /// Its id.
    pub(crate) id: String,
    /// The reference that names its files.
    pub(crate) reference: String,
    /// Its seal, as JSON.
    pub(crate) manifest: Manifest,
    /// The tags.
    pub(crate) tags: Vec<String>,
    /// When it was pushed, in unix seconds.
    pub(crate) pushed: u64,
}

/// The rules for pushes.
pub(crate) struct PushPolicy {
    /// The root key, whose list names the keys that may sign packages; `None` without one.
    pub(crate) root: Option<Arc<Root>>,
    /// Whether packages without any endorsement are accepted.
    pub(crate) accept_unsigned: bool,
    /// The limit of an archive's size.
    pub(crate) largest: Arc<SizeLimit>,
}

/// The limit of an archive's size in bytes, which may change while the service runs.
pub(crate) struct SizeLimit(AtomicU64);

impl SizeLimit {
    /// A limit of this many bytes.
    pub(crate) fn new(bytes: u64) -> Arc<Self> {
        Arc::new(Self(AtomicU64::new(bytes)))
    }

    /// The limit in bytes.
    pub(crate) fn bytes(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }

    /// Replaces the limit.
    pub(crate) fn set(&self, bytes: u64) {
        self.0.store(bytes, Ordering::Relaxed);
    }
}

impl PushPolicy {
    /// Reads a seal and checks it against the archive and the keys.
    ///
    /// # Errors
    /// [`Error::Invalid`] with what is wrong with the package.
    pub(crate) fn check(
        &self,
        name: PackageName,
        seal: &[u8],
        archive: &ArchiveHash,
        now: u64,
    ) -> Result<Pushed, Error> {
        let seal: Seal = serde_json::from_slice(seal).map_err(bad_seal)?;
        if !seal.matches(archive) {
            return Err(Error::Invalid(
                "the seal's digest is not that of the archive and its manifest: build the package anew".into(),
            ));
        }
        let manifest = seal.manifest().map_err(bad_seal)?;
        check_reference(&manifest)?;
        let serial = self.serial(&name, &seal, now)?;
        Ok(Pushed {
            reference: manifest.reference,
            id: seal.id().map_err(bad_seal)?,
            seal: String::from_utf8(seal.print().map_err(bad_seal)?).map_err(bad_seal)?,
            digest: seal.digest,
            serial,
            name,
        })
    }

    fn serial(&self, name: &PackageName, seal: &Seal, now: u64) -> Result<Option<u64>, Error> {
        let endorsements: Vec<Endorsement> = seal
            .seal
            .values()
            .filter_map(|value| Endorsement::from_value(value))
            .collect();
        if endorsements.is_empty() && self.accept_unsigned {
            return Ok(None);
        }
        if endorsements.is_empty() {
            return Err(Error::Invalid(
                "the package is not signed: sign it with `art sign` and push it again".into(),
            ));
        }
        let serials = endorsements.iter().map(|endorsement| endorsement.serial);
        let Some(root) = &self.root else {
            let believed = serials
                .clone()
                .filter(|serial| !is_serial_ahead(*serial, now));
            return match (believed.max(), serials.min()) {
                (None, Some(ahead)) => Err(Error::Invalid(from_future(ahead, now))),
                (believed, _) => Ok(believed),
            };
        };
        let listed = root.listed();
        let verify = |endorsement| endorsed::verify(&listed, name, seal, endorsement, now);
        let (good, refused): (Vec<_>, Vec<_>) =
            endorsements.iter().map(verify).partition(Result::is_ok);
        let good = good.into_iter().flatten().max();
        good.map(Some).ok_or_else(|| {
            let refused = refused.into_iter().filter_map(Result::err).collect();
            Error::Invalid(endorsed::none_counts(refused, listed.list.number))
        })
    }
}

/// Why a serial is refused.
pub(super) fn from_future(serial: u64, now: u64) -> String {
    format!(
        "its serial {} is more than {} minutes ahead of control's clock ({}): set the clock that is wrong; if it \
         was that of the machine that signs, sign again there with `art sign --reset-serial`",
        serial_and_time(serial),
        CLOCK_SKEW / 60,
        rfc3339(now)
    )
}

fn check_reference(manifest: &Manifest) -> Result<(), Error> {
    if wire::package::is_function_name(&manifest.reference) {
        return Ok(());
    }
    Err(Error::Invalid(format!(
        "{:?} cannot be a package's reference",
        manifest.reference
    )))
}

fn bad_seal(error: impl fmt::Display) -> Error {
    Error::Invalid(format!("the seal cannot be read: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::root::tests::{RootKey, key};
    use trust::SecretKey;
    use wire::seal::Statement;

    #[test]
    fn a_repository_name_has_to_fit_a_folder_name() {
        let group = ["group"; 40].join("/");
        assert!(address(&group, "hello", "1").is_err());
        assert!(address("ops/team", "hello", "1").is_ok());
    }

    fn policy(accept_unsigned: bool, root: Option<Arc<Root>>) -> PushPolicy {
        PushPolicy {
            root,
            accept_unsigned,
            largest: SizeLimit::new(DEFAULT_LARGEST),
        }
    }

    const NOW: u64 = 1_800_000_000;

    fn check(policy: &PushPolicy, archive: &[u8], endorse: bool) -> Result<Pushed, Error> {
        check_signed(policy, archive, if endorse { &[7] } else { &[] })
    }

    /// Checks a package with endorsements of these serials, whose signatures are invalid.
    fn check_signed(policy: &PushPolicy, archive: &[u8], serials: &[u64]) -> Result<Pushed, Error> {
        let manifest = Manifest {
            reference: "r1".into(),
            ..Manifest::default()
        };
        let mut seal = Seal::new(&manifest, &ArchiveHash::of(b"zip")).unwrap();
        for (at, &serial) in serials.iter().enumerate() {
            let signature = "s".into();
            let endorsement = Endorsement { serial, signature };
            seal.seal.insert(at.to_string(), endorsement.to_value());
        }
        policy.check(
            address("ops", "hello", "1").unwrap(),
            &seal.print().unwrap(),
            &ArchiveHash::of(archive),
            NOW,
        )
    }

    #[test]
    fn a_serial_from_the_future_is_refused_and_ignored_beside_another() {
        let ahead = (NOW + 86_400) * 1_000;
        let refused = check_signed(&policy(true, None), b"zip", &[ahead]);
        let refused = refused.err().unwrap().to_string();
        assert!(refused.contains("ahead of control's clock"), "{refused}");
        let root = Arc::new(RootKey::new().root(1, &[], &[]));
        let refused = check_signed(&policy(false, Some(root)), b"zip", &[ahead]);
        assert!(refused.is_err());
        let both = check_signed(&policy(false, None), b"zip", &[ahead, 7]);
        assert_eq!(both.unwrap().serial, Some(7));
    }

    #[test]
    fn an_archive_has_to_match_the_seal() {
        assert_eq!(
            check(&policy(false, None), b"zip", true).unwrap().serial,
            Some(7)
        );
        assert!(check(&policy(false, None), b"zop", true).is_err());
    }

    #[test]
    fn an_unsigned_package_is_refused_unless_the_policy_accepts_it() {
        assert!(check(&policy(false, None), b"zip", false).is_err());
        assert_eq!(
            check(&policy(true, None), b"zip", false).unwrap().serial,
            None
        );
    }

    #[test]
    fn a_signature_by_an_unlisted_key_is_refused_even_if_unsigned_packages_are_accepted() {
        let root = Arc::new(RootKey::new().root(1, &[], &[]));
        assert!(check(&policy(true, Some(root)), b"zip", true).is_err());
    }

    /// The refusal of a push whose package has these signatures, at `now`.
    fn refusal(listed: &SecretKey, signatures: &[(&SecretKey, &str, u64)], now: u64) -> String {
        let root = RootKey::new().root(7, &[], &[listed]);
        let mut seal = Seal::new(&Manifest::default(), &ArchiveHash::of(b"zip")).unwrap();
        for (at, (signer, tag, made)) in signatures.iter().enumerate() {
            let signed_as = address("ops", "hello", tag).unwrap();
            let message = Statement::new(&signed_as, &seal.digest, 5).message();
            let endorsement = Endorsement {
                serial: 5,
                signature: signer.sign(&message, *made).unwrap(),
            };
            seal.seal.insert(at.to_string(), endorsement.to_value());
        }
        let name = address("ops", "hello", "1").unwrap();
        let policy = policy(false, Some(Arc::new(root)));
        let refused = policy.serial(&name, &seal, now);
        refused.unwrap_err().to_string()
    }

    /// The error named no reasons before.
    #[test]
    fn the_error_names_the_reason_for_each_signature() {
        const NOW: u64 = 1_800_000_000;
        let (listed, stranger) = (key("listed"), key("stranger"));
        let text = refusal(
            &listed,
            &[
                (&stranger, "1", NOW),
                (&listed, "2", NOW),
                (&listed, "1", NOW + 7_200),
            ],
            NOW,
        );
        let by = |key: &SecretKey| {
            format!(
                "by key {}, made at 2027-01-15T",
                key.certificate().fingerprint()
            )
        };
        for expected in [
            "(number 7)".to_owned(),
            format!(
                "{}08:00:00Z: that key is not among the registry keys",
                by(&stranger)
            ),
            format!("{}08:00:00Z: it does not match this name, tag", by(&listed)),
            format!(
                "{}10:00:00Z: that is 2 hours ahead of control's clock, which says 2027-01-15T08:00:00Z",
                by(&listed)
            ),
        ] {
            assert!(text.contains(&expected), "{expected}: {text}");
        }
    }

    #[test]
    fn abuse_many_invalid_signatures() {
        const NOW: u64 = 1_800_000_000;
        let (listed, stranger) = (key("listed"), key("stranger"));
        let mut many = vec![(&stranger, "1", NOW); 20];
        many.push((&listed, "2", NOW));
        let text = refusal(&listed, &many, NOW);
        assert!(text.len() < 2_000 && text.contains("and 16 more"), "{text}");
        assert!(
            text.contains("does not match"),
            "the most useful reason comes first: {text}"
        );
    }
}
