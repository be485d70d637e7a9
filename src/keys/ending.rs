//! What this host trusts now, and in thirty days no longer.

use super::{TrustStore, ca_file, read};
use crate::config::Config;
use crate::storage;
use trust::{Flaw, KeyFlaw, Keyring, Refusal};
use wire::ca_file::{Certificate, Entry, MOST_BYTES, entries};
use wire::key_list::SignedKeyList;
use wire::time::rfc3339;

/// What ends within this time, in seconds, is warned of.
pub(crate) const SOON: u64 = 30 * 86_400;

/// Something that ends, in words for the person who has to act.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Ending {
    /// What `pilot doctor` calls it.
    pub(crate) check: &'static str,
    /// What ends, and when.
    pub(crate) text: String,
    /// What to do before.
    pub(crate) remedy: &'static str,
}

/// What will have ended thirty days after `now`, in unix seconds. What cannot be read
/// is another check's affair.
pub(crate) fn soon(config: &Config, now: u64) -> Vec<Ending> {
    let store = TrustStore::new(&config.home);
    let jobs = store.job_keys(&config.program_folder, now);
    let jobs = jobs.as_ref().map_or(&[][..], Keyring::certificates);
    let mut found: Vec<Ending> = jobs.iter().filter_map(|key| job_key(key, now)).collect();
    let registry = store.registry_keys();
    found.extend(registry.iter().filter_map(|key| registry_key(key, now)));
    found.extend(store.list_ending(now));
    found.extend(cas(config, now));
    found
}

fn job_key(key: &trust::Certificate, now: u64) -> Option<Ending> {
    key.may_sign(now).ok()?;
    Some(Ending {
        check: "job keys",
        text: words(&key.may_sign(now + SOON).err()?, now),
        remedy: "see to it that control has another key before, and that this host is given it \
                 (docs/operations/keys.md, \"Replace the job key\")",
    })
}

/// No other check says that one has ended: packages are the runner's affair.
fn registry_key(key: &trust::Certificate, now: u64) -> Option<Ending> {
    Some(Ending {
        check: "registry keys",
        text: words(
            &key.may_sign(now)
                .and_then(|()| key.may_sign(now + SOON))
                .err()?,
            now,
        ),
        remedy: "import a list with another registry key, and have the packages that this one \
                 signed signed anew (docs/operations/keys.md)",
    })
}

impl TrustStore {
    /// Those of the list, as the runner gets them.
    fn registry_keys(&self) -> Vec<trust::Certificate> {
        let keys = read(&self.registry_keys_file()).ok().flatten();
        let keys = keys.and_then(|keys| Keyring::from_bytes(&keys).ok());
        keys.map_or_else(Vec::new, |keys| keys.certificates().to_vec())
    }

    /// The list is believed as long as the root key and its signature are.
    fn list_ending(&self, now: u64) -> Option<Ending> {
        let root = Keyring::from_bytes(&read(&self.root_file()).ok()??).ok()?;
        let signed = self.signed_list().ok()?;
        let message = SignedKeyList::message(&signed.list);
        let verify = |time| root.verify(&message, signed.signature.as_bytes(), time);
        verify(now).ok()?;
        Some(Ending {
            check: "key list",
            text: format!(
                "of the list of keys: {}",
                words(&verify(now + SOON).err()?, now)
            ),
            remedy: "import a list before that is signed by a root key that lasts, and, if the root key \
                     had to be replaced or prolonged for it, enrol this host again",
        })
    }
}

fn words(why: &Refusal, now: u64) -> String {
    match why {
        Refusal::Key {
            fingerprint,
            flaw: KeyFlaw::Expired(end) | KeyFlaw::SelfSignature(Flaw::Expired(end)),
        } => format!("the key {fingerprint} {}", ends(*end, now)),
        Refusal::Signature(Flaw::Expired(end)) => format!("the signature {}", ends(*end, now)),
        other => format!("in thirty days {other}"),
    }
}

fn ends(end: u64, now: u64) -> String {
    let expires = if end <= now { "expired" } else { "expires" };
    format!("{expires} at {}", rfc3339(end))
}

fn cas(config: &Config, now: u64) -> Vec<Ending> {
    let Some(file) = ca_file(config) else {
        return vec![];
    };
    let bytes = storage::read_limited(&file, MOST_BYTES).ok().flatten();
    let entries = entries(&bytes.unwrap_or_default());
    let ending = |(line, entry)| ca(&format!("{}, line {line}", file.display()), &entry, now);
    entries.into_iter().filter_map(ending).collect()
}

fn ca(place: &str, entry: &Entry, now: u64) -> Option<Ending> {
    let Entry::Certificate(Certificate { not_after, .. }) = entry else {
        return None;
    };
    (*not_after < now + SOON).then(|| Ending {
        check: "CA",
        text: format!("{place}: the certificate {}", ends(*not_after, now)),
        remedy: "if that CA issued control's certificate, replace it before \
                 (docs/operations/keys.md, \"Replace the CA\"); else remove it from the file",
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use trust::SecretKey;

    const DAY: u64 = 86_400;

    fn fixture(name: &str) -> Vec<u8> {
        let fixtures = concat!(env!("CARGO_MANIFEST_DIR"), "/crates/trust/tests/fixtures");
        std::fs::read(format!("{fixtures}/{name}")).unwrap()
    }

    /// The fixture's key ends at 2026-01-31T00:00:00Z.
    const END: u64 = 1_767_225_600 + 30 * DAY;

    #[test]
    fn a_key_that_expires_within_thirty_days_is_warned_of() {
        let ring = Keyring::from_bytes(&fixture("expired.asc")).unwrap();
        let [key] = ring.certificates() else {
            panic!("one key")
        };
        assert_eq!(
            job_key(key, END),
            None,
            "it has ended, which another check says"
        );
        let warned = job_key(key, END - DAY).unwrap();
        assert!(
            warned.text.ends_with("expires at 2026-01-31T00:00:00Z"),
            "{warned:?}"
        );
        let lasting = Keyring::from_bytes(&fixture("good.asc")).unwrap();
        assert_eq!(job_key(&lasting.certificates()[0], END - DAY), None);
        assert_eq!(registry_key(&lasting.certificates()[0], END - DAY), None);
        for (now, words) in [
            (END - DAY, "expires at 2026-01-31"),
            (END, "expired at 2026"),
        ] {
            let text = registry_key(key, now).unwrap().text;
            assert!(text.contains(words), "{text}");
        }
    }

    #[test]
    fn a_list_ends_with_its_root_key() {
        let home = tempfile::tempdir().unwrap();
        let store = TrustStore::new(home.path());
        let root = SecretKey::from_bytes(&fixture("lapsed-secret.asc")).unwrap();
        let list = br#"{"number":1,"issued":1,"job":[],"registry":[]}"#.to_vec();
        let made = 1_767_225_600 + DAY;
        let signature = root.sign(&SignedKeyList::message(&list), made).unwrap();
        let opened = serde_json::from_slice(&list).unwrap();
        let signed = SignedKeyList { list, signature };
        let armor = root.certificate().to_armor();
        store.replace(None, Some(&(armor, signed, opened))).unwrap();
        let warned = store.list_ending(END - DAY).unwrap();
        assert!(
            warned.text.ends_with("expires at 2026-01-31T00:00:00Z"),
            "{warned:?}"
        );
        assert_eq!(store.list_ending(END), None);
    }

    #[test]
    fn a_ca_that_expires_within_thirty_days_is_warned_of() {
        let end = 2_587_679_998;
        let entry = Entry::Certificate(Certificate {
            der: vec![],
            not_before: 0,
            not_after: end,
        });
        assert_eq!(ca("/ca.pem, line 1", &entry, end - SOON), None);
        for (now, words) in [
            (
                end - SOON + 1,
                "the certificate expires at 2051-12-31T23:59:58Z",
            ),
            (end + 1, "the certificate expired at 2051-12-31T23:59:58Z"),
        ] {
            let warned = ca("/ca.pem, line 1", &entry, now).unwrap();
            assert_eq!(warned.text, format!("/ca.pem, line 1: {words}"));
        }
    }

    #[test]
    fn expiries_are_reported_for_a_time_to_come() {
        let end = Refusal::Signature(Flaw::Expired(1_800_000_000));
        assert_eq!(
            words(&end, 0),
            "the signature expires at 2027-01-15T08:00:00Z"
        );
        assert!(words(&Refusal::NotAlone, 0).starts_with("in thirty days"));
    }
}
