//! What this host trusts.

use super::ca;
use super::report::Finding;
use crate::config::Config;
use crate::failure::Kind;
use crate::identity::clock::Floor;
use crate::keys::{self, TrustStore};
use crate::sys::clock;
use trust::Keyring;

pub(super) fn check(config: &Config) -> Vec<Finding> {
    let floor = Floor::noted(&config.home).ok().flatten();
    let now = clock::wall().max(floor.unwrap_or(0));
    let store = TrustStore::new(&config.home);
    let job_keys = match store.job_keys(&config.program_folder, now) {
        Ok(keys) => judge(&keys, now),
        Err(failure) if failure.kind == Kind::Missing => Finding::warn(
            "job keys",
            failure,
            "without one no job is believed; enrolling with a code brings it",
        ),
        Err(failure) => Finding::fail(
            "job keys",
            failure,
            "enrol this host again, or, where its key was deployed, put control's public key there",
        ),
    };
    let mut found = vec![job_keys];
    found.extend(ca::check(config, now));
    let ending = keys::ending_soon(config, now).into_iter();
    found.extend(ending.map(|it| Finding::warn(it.check, it.text, it.remedy)));
    found
}

/// Keys may expire while they are in force.
fn judge(keys: &Keyring, now: u64) -> Finding {
    const CHECK: &str = "job keys";
    let verdicts = keys
        .certificates()
        .iter()
        .map(|key| (key, key.may_sign(now)));
    let (good, bad): (Vec<_>, Vec<_>) = verdicts.partition(|(_, verdict)| verdict.is_ok());
    let reasons: Vec<String> = bad
        .iter()
        .filter_map(|(_, verdict)| Some(verdict.as_ref().err()?.to_string()))
        .collect();
    let reasons = reasons.join("; ");
    let remedy =
        "control needs a key that is in force, and this host has to be given it: enrol it again";
    if good.is_empty() {
        let text = if bad.is_empty() {
            "the list names no key"
        } else {
            &reasons
        };
        return Finding::fail(CHECK, text, remedy);
    }
    if !bad.is_empty() {
        return Finding::warn(CHECK, reasons, remedy);
    }
    let names: Vec<String> = good
        .iter()
        .map(|(key, _)| key.fingerprint().to_string())
        .collect();
    Finding::ok(CHECK, names.join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::doctor::report::Level;
    use trust::{Algorithm, SecretKey};

    const NOW: u64 = 1_800_000_000;

    #[test]
    fn a_key_that_cannot_sign_now_is_no_key() {
        let from = |time| {
            let key = SecretKey::generate("job", Algorithm::Ed25519, time).unwrap();
            Keyring::from(key.certificate())
        };
        assert_eq!(judge(&from(NOW - 1000), NOW).level, Level::Ok);
        let mut both = from(NOW + 86_400);
        assert_eq!(judge(&both, NOW).level, Level::Fail, "it is of tomorrow");
        both.extend(from(NOW - 1000));
        assert_eq!(judge(&both, NOW).level, Level::Warn);
        assert_eq!(judge(&Keyring::default(), NOW).level, Level::Fail);
    }
}
