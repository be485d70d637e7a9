//! Good signatures by primary keys that must not be trusted.

use pgp::packet::{Packet, SecretKey, SignatureType, SubpacketData};
use trust::{Flaw, KeyFlaw};

use crate::forge::*;

const DAY: u32 = 86_400;

/// The flaw of a signing primary key with these self-signatures.
fn primary_flaw(signatures: impl Fn(&SecretKey) -> Vec<(SignatureType, Draft)>) -> KeyFlaw {
    let key = primary(MADE);
    let signatures = signatures(&key)
        .into_iter()
        .map(|(kind, draft)| self_signature(&key, kind, draft));
    key_flaw(
        &certificate(&key, signatures.collect()),
        data_signature(&key, Draft::by(&key)),
    )
}

const CERTIFICATION: SignatureType = SignatureType::CertPositive;

#[test]
fn a_primary_key_that_may_only_certify_does_not_sign() {
    assert_eq!(
        primary_flaw(|key| vec![(CERTIFICATION, Draft::by(key).with(certifying()))]),
        KeyFlaw::NotForSigning
    );
    assert_eq!(
        primary_flaw(|key| vec![(CERTIFICATION, Draft::by(key))]),
        KeyFlaw::NotForSigning
    );
}

#[test]
fn flags_beside_the_hash_allow_nothing() {
    assert_eq!(
        primary_flaw(|key| vec![(CERTIFICATION, Draft::by(key).beside(signing()))]),
        KeyFlaw::NotForSigning
    );
}

#[test]
fn the_newest_self_signature_decides() {
    let old = |key: &SecretKey| (CERTIFICATION, Draft::by(key).with(signing()));
    let new = |key: &SecretKey| {
        (
            CERTIFICATION,
            Draft::by(key).with(certifying()).made(MADE + DAY),
        )
    };
    assert_eq!(
        primary_flaw(|key| vec![old(key), new(key)]),
        KeyFlaw::NotForSigning
    );
    assert_eq!(
        primary_flaw(|key| vec![new(key), old(key)]),
        KeyFlaw::NotForSigning
    );
}

#[test]
fn a_self_signature_without_key_flags_leaves_them_as_they_were() {
    let key = primary(MADE);
    let old = self_signature(&key, CERTIFICATION, Draft::by(&key).with(signing()));
    let silent = direct_key(&key, SignatureType::Key, Draft::by(&key).made(MADE + DAY));
    let mut packets = certificate(&key, vec![old]);
    packets.insert(1, silent.into());
    assert!(verify(&packets, data_signature(&key, Draft::by(&key))).is_ok());
}

#[test]
fn a_direct_key_signature_speaks_for_a_key_without_user_ids() {
    let key = primary(MADE);
    let verdict = |signature| {
        let packets = [
            key.public_key().clone().into(),
            Packet::Signature(signature),
        ];
        verify(&packets, data_signature(&key, Draft::by(&key)))
    };
    let own = direct_key(&key, SignatureType::Key, Draft::by(&key).with(signing()));
    assert!(verdict(own).is_ok());
    let foreign = direct_key(
        &primary(MADE),
        SignatureType::Key,
        Draft::by(&key).with(signing()),
    );
    assert!(verdict(foreign).is_err());
    let revocation = direct_key(
        &key,
        SignatureType::KeyRevocation,
        Draft::by(&key).with(signing()),
    );
    assert!(verdict(revocation).is_err());
}

#[test]
fn an_expiry_without_key_flags_counts() {
    let first = |key: &SecretKey| (CERTIFICATION, Draft::by(key).with(signing()));
    let end = |key: &SecretKey| {
        let draft = Draft::by(key).with(SubpacketData::KeyExpirationTime(seconds(2 * DAY)));
        (CERTIFICATION, draft.made(MADE + DAY))
    };
    assert_eq!(
        primary_flaw(|key| vec![first(key), end(key)]),
        KeyFlaw::Expired(u64::from(MADE + 2 * DAY))
    );
    let key = primary(MADE);
    let renewed = Draft::by(&key).with(signing()).made(MADE + 2 * DAY);
    let signatures = [first(&key), end(&key), (CERTIFICATION, renewed)]
        .map(|(kind, draft)| self_signature(&key, kind, draft));
    let packets = certificate(&key, signatures.to_vec());
    assert!(verify(&packets, data_signature(&key, Draft::by(&key))).is_ok());
}

#[test]
fn a_revocation_counts_wherever_it_stands() {
    let key = primary(MADE);
    let own = self_signature(&key, CERTIFICATION, Draft::by(&key).with(signing()));
    let good = certificate(&key, vec![own]);
    let revocation = direct_key(&key, SignatureType::KeyRevocation, Draft::by(&key));
    for place in 1..=good.len() {
        let mut packets = good.clone();
        packets.insert(place, revocation.clone().into());
        assert_eq!(
            key_flaw(&packets, data_signature(&key, Draft::by(&key))),
            KeyFlaw::Revoked,
            "at {place}"
        );
    }
}

#[test]
fn a_revocation_counts_whichever_copy_of_the_key_has_it() {
    let key = primary(MADE);
    let own = self_signature(&key, CERTIFICATION, Draft::by(&key).with(signing()));
    let old = certificate(&key, vec![own]);
    let mut new = old.clone();
    new.push(direct_key(&key, SignatureType::KeyRevocation, Draft::by(&key)).into());
    for copies in [[old.clone(), new.clone()], [new, old]] {
        assert_eq!(
            key_flaw(&copies.concat(), data_signature(&key, Draft::by(&key))),
            KeyFlaw::Revoked
        );
    }
}

#[test]
fn a_revocation_by_another_key_does_not_count() {
    let (key, other) = (primary(MADE), primary(MADE));
    let own = self_signature(&key, CERTIFICATION, Draft::by(&key).with(signing()));
    let claimed = direct_key(&other, SignatureType::KeyRevocation, Draft::by(&key));
    let mut packets = certificate(&key, vec![own]);
    packets.insert(1, claimed.into());
    assert!(verify(&packets, data_signature(&key, Draft::by(&key))).is_ok());
}

#[test]
fn a_self_signature_is_judged_like_any_other() {
    let one = |draft: fn(Draft) -> Draft| {
        primary_flaw(move |key| vec![(CERTIFICATION, draft(Draft::by(key).with(signing())))])
    };
    assert_eq!(
        one(|draft| draft.critical(SubpacketData::Experimental(102, vec![1].into()))),
        KeyFlaw::SelfSignature(Flaw::CriticalSubpacket(102))
    );
    assert_eq!(
        one(|draft| draft.with(SubpacketData::SignatureExpirationTime(seconds(DAY)))),
        KeyFlaw::SelfSignature(Flaw::Expired(u64::from(MADE + DAY)))
    );
    assert_eq!(
        one(|draft| draft.made(MADE + 10 * DAY)),
        KeyFlaw::SelfSignature(Flaw::FromFuture(u64::from(MADE + 10 * DAY)))
    );
    assert_eq!(
        one(|draft| draft.made(MADE - 1)),
        KeyFlaw::SelfSignature(Flaw::OlderThanKey)
    );
}

#[test]
fn a_key_without_a_self_signature_of_its_own_is_refused() {
    assert_eq!(
        primary_flaw(|_| vec![]),
        KeyFlaw::SelfSignature(Flaw::Missing)
    );
    let (key, other) = (primary(MADE), primary(MADE));
    let foreign = self_signature(&other, CERTIFICATION, Draft::by(&other).with(signing()));
    let claimed = self_signature(&other, CERTIFICATION, Draft::by(&key).with(signing()));
    let signature = || data_signature(&key, Draft::by(&key));
    assert_eq!(
        key_flaw(&certificate(&key, vec![foreign]), signature()),
        KeyFlaw::SelfSignature(Flaw::Missing)
    );
    assert_eq!(
        key_flaw(&certificate(&key, vec![claimed]), signature()),
        KeyFlaw::SelfSignature(Flaw::Mismatch)
    );
}

#[test]
fn a_withdrawn_user_id_certifies_nothing_until_it_is_certified_anew() {
    let certify =
        |key: &SecretKey, made| (CERTIFICATION, Draft::by(key).with(signing()).made(made));
    let revoke = |key: &SecretKey, made| (SignatureType::CertRevocation, Draft::by(key).made(made));
    assert_eq!(
        primary_flaw(|key| vec![certify(key, MADE), revoke(key, MADE + DAY)]),
        KeyFlaw::SelfSignature(Flaw::Revoked)
    );
    assert_eq!(
        primary_flaw(|key| vec![certify(key, MADE), revoke(key, MADE)]),
        KeyFlaw::SelfSignature(Flaw::Revoked)
    );
    let key = primary(MADE);
    let drafts = [
        certify(&key, MADE),
        revoke(&key, MADE + DAY),
        certify(&key, MADE + 2 * DAY),
    ];
    let signatures = drafts
        .map(|(kind, draft)| self_signature(&key, kind, draft))
        .to_vec();
    assert!(
        verify(
            &certificate(&key, signatures),
            data_signature(&key, Draft::by(&key))
        )
        .is_ok()
    );
}

#[test]
fn a_key_of_tomorrow_is_refused() {
    let later = u32::try_from(NOW).unwrap() + DAY;
    let key = primary(later);
    let packets = certificate(
        &key,
        vec![self_signature(
            &key,
            CERTIFICATION,
            Draft::by(&key).with(signing()).made(later),
        )],
    );
    let signature = data_signature(&key, Draft::by(&key));
    assert_eq!(
        key_flaw(&packets, signature),
        KeyFlaw::FromFuture(u64::from(later))
    );
}
