//! The newest of an owner's statements decides, or nothing does: one that is not
//! acceptable brings no older one into force.

use pgp::composed::KeyType;
use pgp::crypto::hash::HashAlgorithm;
use pgp::packet::{Packet, SecretKey, SecretSubkey, SignatureType, SubpacketData};
use trust::{Flaw, KeyFlaw};

use crate::forge::*;

const DAY: u32 = 86_400;
const CERTIFICATION: SignatureType = SignatureType::CertPositive;

/// The flaw of a statement that is newer than one that lets the key sign.
fn unacceptable(newer: &Draft) -> Vec<(Draft, Flaw)> {
    let later = u32::try_from(NOW).unwrap() + DAY;
    let mut repeated = newer.clone();
    repeated.hashed.push(repeated.hashed[0].clone());
    let mut timeless = newer.clone();
    timeless.hashed.remove(0);
    vec![
        (
            newer.clone().hashed_with(HashAlgorithm::Sha1),
            Flaw::Hash("SHA1".to_owned()),
        ),
        (
            newer.clone().hashed_with(HashAlgorithm::Md5),
            Flaw::Hash("MD5".to_owned()),
        ),
        (
            newer
                .clone()
                .critical(SubpacketData::Experimental(102, vec![1].into())),
            Flaw::CriticalSubpacket(102),
        ),
        (
            newer
                .clone()
                .with(SubpacketData::SignatureExpirationTime(seconds(1))),
            Flaw::Expired(u64::from(MADE + DAY + 1)),
        ),
        (newer.clone().made(later), Flaw::FromFuture(later.into())),
        (repeated, Flaw::Repeated("creation time")),
        (timeless, Flaw::NoCreationTime),
    ]
}

#[test]
fn a_self_signature_that_is_not_acceptable_is_not_passed_over() {
    let key = primary(MADE);
    let wide = || self_signature(&key, CERTIFICATION, Draft::by(&key).with(signing()));
    let narrow = Draft::by(&key).with(certifying()).made(MADE + DAY);
    let silent = Draft::by(&key).made(MADE + DAY);
    for (draft, flaw) in unacceptable(&narrow)
        .into_iter()
        .chain(unacceptable(&silent))
    {
        let signature = || data_signature(&key, Draft::by(&key));
        let on_user = self_signature(&key, CERTIFICATION, draft.clone());
        for own in [[wide(), on_user.clone()], [on_user, wide()]] {
            let packets = certificate(&key, own.to_vec());
            assert_eq!(
                key_flaw(&packets, signature()),
                KeyFlaw::SelfSignature(flaw.clone())
            );
        }
        let mut packets = certificate(&key, vec![wide()]);
        packets.insert(1, direct_key(&key, SignatureType::Key, draft).into());
        assert_eq!(
            key_flaw(&packets, signature()),
            KeyFlaw::SelfSignature(flaw)
        );
    }
}

#[test]
fn a_newer_statement_that_is_acceptable_heals_an_older_one() {
    let key = primary(MADE);
    let old = Draft::by(&key).with(certifying());
    let new = Draft::by(&key).with(signing()).made(MADE + 2 * DAY);
    for draft in [
        old.clone().hashed_with(HashAlgorithm::Sha1),
        old.with(SubpacketData::SignatureExpirationTime(seconds(1))),
    ] {
        let own = [draft, new.clone()].map(|draft| self_signature(&key, CERTIFICATION, draft));
        let packets = certificate(&key, own.to_vec());
        assert!(verify(&packets, data_signature(&key, Draft::by(&key))).is_ok());
    }
}

#[test]
fn what_somebody_else_adds_later_decides_nothing() {
    let (key, other) = (primary(MADE), primary(MADE));
    let own = self_signature(&key, CERTIFICATION, Draft::by(&key).with(signing()));
    let later = |by: &SecretKey| Draft::by(by).with(certifying()).made(MADE + DAY);
    let third_party = self_signature(&other, CERTIFICATION, later(&other));
    let claimed = self_signature(&other, CERTIFICATION, later(&key));
    let weak = later(&key).hashed_with(HashAlgorithm::Sha1);
    let claimed_with_sha1 = self_signature(&other, CERTIFICATION, weak);
    let mut packets = certificate(&key, vec![own, third_party, claimed, claimed_with_sha1]);
    let on_key = on_key(&other, &key, SignatureType::Key, later(&key));
    packets.insert(1, on_key.into());
    assert!(verify(&packets, data_signature(&key, Draft::by(&key))).is_ok());
}

#[test]
fn an_owner_who_names_no_issuer_is_heard() {
    let key = primary(MADE);
    let wide = self_signature(&key, CERTIFICATION, Draft::by(&key).with(signing()));
    let mut narrow = Draft::by(&key).with(certifying()).made(MADE + DAY);
    narrow.hashed.remove(1);
    for draft in [
        narrow.clone(),
        narrow.beside(SubpacketData::IssuerKeyId(
            pgp::types::KeyDetails::legacy_key_id(&key),
        )),
    ] {
        let narrow = self_signature(&key, CERTIFICATION, draft);
        assert_eq!(
            key_flaw(
                &certificate(&key, vec![wide.clone(), narrow]),
                data_signature(&key, Draft::by(&key))
            ),
            KeyFlaw::NotForSigning
        );
    }
}

#[test]
fn of_two_statements_of_the_same_second_the_narrower_counts() {
    let key = primary(MADE);
    let drafts = [signing(), certifying()].map(|flags| Draft::by(&key).with(flags));
    let [wide, narrow] = drafts.map(|draft| self_signature(&key, CERTIFICATION, draft));
    for own in [[wide.clone(), narrow.clone()], [narrow, wide]] {
        let packets = certificate(&key, own.to_vec());
        assert_eq!(
            key_flaw(&packets, data_signature(&key, Draft::by(&key))),
            KeyFlaw::NotForSigning
        );
    }
}

#[test]
fn on_the_same_user_id_a_newer_certification_that_allows_nothing_takes_the_use_away() {
    let key = primary(MADE);
    let drafts = [
        Draft::by(&key).with(signing()),
        Draft::by(&key).made(MADE + DAY),
    ];
    let own = drafts.map(|draft| self_signature(&key, CERTIFICATION, draft));
    assert_eq!(
        key_flaw(
            &certificate(&key, own.to_vec()),
            data_signature(&key, Draft::by(&key))
        ),
        KeyFlaw::NotForSigning
    );
}

/// A certify-only primary key, and a subkey, bound as the test asks.
struct Family {
    key: SecretKey,
    sub: SecretSubkey,
}

impl Family {
    fn new() -> Self {
        Self {
            key: primary(MADE),
            sub: subkey(&KeyType::Ed25519Legacy, MADE),
        }
    }

    fn signing(&self, made: u32) -> Draft {
        let back = back_signature(&self.key, &self.sub, Draft::by(&self.sub));
        Draft::by(&self.key).with(signing()).with(back).made(made)
    }

    fn packets(&self, bindings: impl IntoIterator<Item = Draft>) -> Vec<Packet> {
        let own = self_signature(
            &self.key,
            CERTIFICATION,
            Draft::by(&self.key).with(certifying()),
        );
        let mut packets = certificate(&self.key, vec![own]);
        packets.push(self.sub.public_key().clone().into());
        let bindings = bindings.into_iter();
        packets.extend(bindings.map(|draft| binding(&self.key, &self.sub, draft).into()));
        packets
    }

    fn flaw(&self, packets: &[Packet]) -> KeyFlaw {
        key_flaw(packets, data_signature(&self.sub, Draft::by(&self.sub)))
    }
}

#[test]
fn a_binding_that_is_not_acceptable_is_not_passed_over() {
    let family = Family::new();
    let narrow = Draft::by(&family.key).with(certifying()).made(MADE + DAY);
    for (draft, flaw) in unacceptable(&narrow) {
        let wide = || family.signing(MADE);
        for bindings in [[wide(), draft.clone()], [draft, wide()]] {
            let packets = family.packets(bindings);
            assert_eq!(family.flaw(&packets), KeyFlaw::Binding(flaw.clone()));
        }
    }
}

#[test]
fn a_back_signature_of_the_newest_binding_counts_and_no_other() {
    let family = Family::new();
    let without = Draft::by(&family.key).with(signing()).made(MADE + DAY);
    let packets = family.packets([family.signing(MADE), without]);
    assert_eq!(family.flaw(&packets), KeyFlaw::BackSignature(Flaw::Missing));
    let weak = Draft::by(&family.sub).made(MADE - 1);
    let old = back_signature(&family.key, &family.sub, weak);
    let bad = Draft::by(&family.key)
        .with(signing())
        .with(old)
        .with(back_signature(
            &family.key,
            &family.sub,
            Draft::by(&family.sub),
        ))
        .made(MADE + DAY);
    let packets = family.packets([family.signing(MADE), bad]);
    assert_eq!(
        family.flaw(&packets),
        KeyFlaw::BackSignature(Flaw::OlderThanKey)
    );
}

#[test]
fn a_subkey_that_is_in_a_certificate_twice_is_one_subkey() {
    let family = Family::new();
    let narrow = Draft::by(&family.key).with(certifying()).made(MADE + DAY);
    let first = family.packets([family.signing(MADE)]);
    let second = family.packets([narrow]).split_off(3);
    let packets = [first, second].concat();
    assert_eq!(family.flaw(&packets), KeyFlaw::NotForSigning);
}
