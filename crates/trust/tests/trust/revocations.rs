//! Keys that were revoked, or may have been, are not believed.

use pgp::composed::KeyType;
use pgp::crypto::{ecc_curve::ECCCurve, hash::HashAlgorithm};
use pgp::packet::{Packet, RevocationCode, SecretKey, Signature, SignatureType, SubpacketData};
use pgp::types::{KeyDetails, RevocationKey, RevocationKeyClass, SigningKey};
use trust::{Flaw, KeyFlaw, Keyring};

use crate::forge::*;

const DAY: u32 = 86_400;
const CERTIFICATION: SignatureType = SignatureType::CertPositive;

const WEAK: [HashAlgorithm; 3] = [
    HashAlgorithm::Md5,
    HashAlgorithm::Sha1,
    HashAlgorithm::Ripemd160,
];

/// A key that may sign, with this beside it.
fn with(key: &SecretKey, more: impl IntoIterator<Item = Signature>) -> Vec<Packet> {
    let draft = Draft::by(key).with(signing());
    let draft = draft.hashed_with(SigningKey::hash_alg(key));
    let own = self_signature(key, CERTIFICATION, draft);
    let mut packets = certificate(key, vec![own]);
    packets.splice(1..1, more.into_iter().map(Packet::from));
    packets
}

fn verdict(key: &SecretKey, packets: &[Packet]) -> Option<KeyFlaw> {
    let draft = Draft::by(key).hashed_with(SigningKey::hash_alg(key));
    let signature = data_signature(key, draft);
    match verify(packets, signature) {
        Ok(_) => None,
        Err(trust::Refusal::Key { flaw, .. }) => Some(flaw),
        Err(other) => panic!("{other:?}"),
    }
}

fn names_revoker(key: &SecretKey, revoker: &impl KeyDetails) -> Draft {
    let fingerprint = revoker.fingerprint();
    Draft::by(key).with(SubpacketData::RevocationKey(RevocationKey::new(
        RevocationKeyClass::Default,
        revoker.algorithm(),
        fingerprint.as_bytes(),
    )))
}

fn revoked_by(revoker: &SecretKey, key: &SecretKey) -> Signature {
    on_key(
        revoker,
        key,
        SignatureType::KeyRevocation,
        Draft::by(revoker),
    )
}

#[test]
fn a_revocation_counts_whatever_its_hash_and_the_keys_algorithm() {
    for kind in [
        KeyType::Ed25519Legacy,
        KeyType::ECDSA(ECCCurve::P256),
        KeyType::ECDSA(ECCCurve::P384),
        KeyType::Rsa(2048),
    ] {
        let key = primary_of(&kind, MADE);
        for hash in WEAK {
            let draft = Draft::by(&key).hashed_with(hash);
            let revocation = direct_key(&key, SignatureType::KeyRevocation, draft);
            assert_eq!(
                verdict(&key, &with(&key, [revocation])),
                Some(KeyFlaw::Revoked),
                "{kind:?} {hash}"
            );
        }
        assert_eq!(verdict(&key, &with(&key, [])), None, "{kind:?}");
    }
}

#[test]
fn a_weak_hash_is_no_way_to_revoke_somebody_elses_key() {
    let (key, other) = (primary(MADE), primary(MADE));
    for hash in WEAK {
        let draft = Draft::by(&key).hashed_with(hash);
        let claimed = on_key(&other, &key, SignatureType::KeyRevocation, draft);
        assert_eq!(verdict(&key, &with(&key, [claimed])), None, "{hash}");
    }
}

#[test]
fn a_revocation_that_cannot_be_judged_refuses_the_key() {
    let key = primary(MADE);
    let revocation = direct_key(&key, SignatureType::KeyRevocation, Draft::by(&key));
    let unknown = altered(&revocation, |config| {
        config.hash_alg = HashAlgorithm::Other(99);
    });
    let flaw = verdict(&key, &with(&key, [unknown])).unwrap();
    assert_eq!(flaw, KeyFlaw::MayBeRevoked);
    assert!(flaw.to_string().contains("revoked"), "{flaw}");
}

#[test]
fn a_revocation_counts_whatever_it_says_of_itself() {
    let key = primary(MADE);
    let reason = |code| SubpacketData::RevocationReason(code, "because".into());
    let drafts = [
        Draft::by(&key).with(reason(RevocationCode::KeySuperseded)),
        Draft::by(&key).with(reason(RevocationCode::KeyRetired)),
        Draft::by(&key).with(reason(RevocationCode::KeyCompromised)),
        Draft::by(&key).made(u32::try_from(NOW).unwrap() + 10 * DAY),
        Draft::by(&key).with(SubpacketData::SignatureExpirationTime(seconds(1))),
        Draft::by(&key).critical(SubpacketData::Experimental(102, vec![1].into())),
        Draft::by(&key).beside(SubpacketData::IssuerKeyId([7; 8].into())),
    ];
    for draft in drafts {
        let hashed = format!("{:?}", draft.hashed);
        let revocation = direct_key(&key, SignatureType::KeyRevocation, draft);
        let found = verdict(&key, &with(&key, [revocation]));
        assert_eq!(found, Some(KeyFlaw::Revoked), "{hashed}");
    }
}

#[test]
fn a_designated_revoker_revokes_whether_or_not_its_key_is_there() {
    let (key, revoker) = (primary(MADE), primary(MADE));
    let designation = direct_key(&key, SignatureType::Key, names_revoker(&key, &revoker));
    assert_eq!(verdict(&key, &with(&key, [designation.clone()])), None);
    for revocation in [
        revoked_by(&revoker, &key),
        altered(&revoked_by(&revoker, &key), |config| {
            config.hash_alg = HashAlgorithm::Other(99);
        }),
    ] {
        let packets = with(&key, [designation.clone(), revocation.clone()]);
        assert_eq!(verdict(&key, &packets), Some(KeyFlaw::MayBeRevoked));
        let mut beside = packets.clone();
        beside.extend(with(&revoker, []));
        assert_eq!(verdict(&key, &beside), Some(KeyFlaw::MayBeRevoked));
        let mut appended = with(&key, [designation.clone()]);
        appended.push(revocation.into());
        assert_eq!(verdict(&key, &appended), Some(KeyFlaw::MayBeRevoked));
    }
}

#[test]
fn a_revoker_may_be_named_on_a_user_id_and_by_its_key_id() {
    let (key, revoker) = (primary(MADE), primary(MADE));
    let own = self_signature(
        &key,
        CERTIFICATION,
        names_revoker(&key, &revoker).with(signing()),
    );
    let mut draft = Draft::by(&revoker);
    draft.hashed.pop();
    let draft = draft.beside(SubpacketData::IssuerKeyId(revoker.legacy_key_id()));
    let mut packets = certificate(&key, vec![own]);
    packets.insert(
        1,
        on_key(&revoker, &key, SignatureType::KeyRevocation, draft).into(),
    );
    assert_eq!(verdict(&key, &packets), Some(KeyFlaw::MayBeRevoked));
}

#[test]
fn only_the_owner_designates_a_revoker() {
    let (key, revoker, stranger) = (primary(MADE), primary(MADE), primary(MADE));
    let revocation = || revoked_by(&revoker, &key);
    let by_stranger = on_key(
        &stranger,
        &key,
        SignatureType::Key,
        names_revoker(&key, &revoker),
    );
    assert_eq!(
        verdict(&key, &with(&key, [by_stranger, revocation()])),
        None
    );
    let mut beside = Draft::by(&key);
    beside.unhashed = names_revoker(&key, &revoker).hashed.split_off(2);
    let beside = direct_key(&key, SignatureType::Key, beside);
    assert_eq!(verdict(&key, &with(&key, [beside, revocation()])), None);
    let other = direct_key(&key, SignatureType::Key, names_revoker(&key, &stranger));
    assert_eq!(verdict(&key, &with(&key, [other, revocation()])), None);
}

#[test]
fn a_designation_outlives_what_it_was_made_with() {
    let (key, revoker) = (primary(MADE), primary(MADE));
    let drafts = [
        names_revoker(&key, &revoker).hashed_with(HashAlgorithm::Sha1),
        names_revoker(&key, &revoker).with(SubpacketData::SignatureExpirationTime(seconds(1))),
    ];
    for draft in drafts {
        let own = |made| {
            let draft = Draft::by(&key).with(signing()).made(made);
            self_signature(&key, CERTIFICATION, draft)
        };
        let mut packets = certificate(&key, vec![own(MADE + DAY)]);
        packets.insert(1, direct_key(&key, SignatureType::Key, draft).into());
        assert_eq!(verdict(&key, &packets), None);
        packets.push(revoked_by(&revoker, &key).into());
        assert_eq!(verdict(&key, &packets), Some(KeyFlaw::MayBeRevoked));
    }
}

/// The certificate of a key that only certifies, with a subkey that signs.
fn family(key: &SecretKey, sub: &pgp::packet::SecretSubkey, more: Vec<Signature>) -> Vec<Packet> {
    let own = self_signature(key, CERTIFICATION, Draft::by(key).with(certifying()));
    let back = back_signature(key, sub, Draft::by(sub));
    let bound = binding(key, sub, Draft::by(key).with(signing()).with(back));
    let mut packets = certificate(key, vec![own]);
    packets.extend([sub.public_key().clone().into(), bound.into()]);
    packets.extend(more.into_iter().map(Packet::from));
    packets
}

#[test]
fn a_subkeys_revocation_counts_whatever_its_hash_and_whoever_may_have_made_it() {
    let (key, revoker) = (primary(MADE), primary(MADE));
    let sub = subkey(&KeyType::Ed25519Legacy, MADE);
    let flaw = |more| {
        key_flaw(
            &family(&key, &sub, more),
            data_signature(&sub, Draft::by(&sub)),
        )
    };
    for hash in WEAK {
        let draft = Draft::by(&key).hashed_with(hash);
        let revocation = subkey_revocation_with(&key, &sub, draft);
        assert_eq!(flaw(vec![revocation]), KeyFlaw::Revoked, "{hash}");
    }
    let unknown = altered(&subkey_revocation(&key, &sub), |config| {
        config.hash_alg = HashAlgorithm::Other(99);
    });
    assert_eq!(flaw(vec![unknown]), KeyFlaw::MayBeRevoked);
    let designation = direct_key(&key, SignatureType::Key, names_revoker(&key, &revoker));
    let mut packets = family(&key, &sub, vec![subkey_revocation(&revoker, &sub)]);
    packets.insert(1, designation.into());
    assert_eq!(
        key_flaw(&packets, data_signature(&sub, Draft::by(&sub))),
        KeyFlaw::MayBeRevoked
    );
}

#[test]
fn a_weak_revocation_of_one_subkey_leaves_the_other() {
    let key = primary(MADE);
    let (sub, old) = (
        subkey(&KeyType::Ed25519Legacy, MADE),
        subkey(&KeyType::Ed25519Legacy, MADE),
    );
    let draft = Draft::by(&key).hashed_with(HashAlgorithm::Sha1);
    let revocation = subkey_revocation_with(&key, &old, draft);
    let packets = family(&key, &sub, vec![revocation]);
    assert!(verify(&packets, data_signature(&sub, Draft::by(&sub))).is_ok());
}

#[test]
fn a_certifications_revocation_counts_wherever_it_stands_and_whatever_its_hash() {
    let key = primary(MADE);
    let own = self_signature(&key, CERTIFICATION, Draft::by(&key).with(signing()));
    let good = certificate(&key, vec![own]);
    for hash in WEAK.into_iter().chain([HashAlgorithm::Sha256]) {
        let draft = Draft::by(&key).made(MADE + DAY).hashed_with(hash);
        let revocation = self_signature(&key, SignatureType::CertRevocation, draft);
        for place in 1..=good.len() {
            let mut packets = good.clone();
            packets.insert(place, revocation.clone().into());
            assert_eq!(
                verdict(&key, &packets),
                Some(KeyFlaw::SelfSignature(Flaw::Revoked)),
                "{hash} at {place}"
            );
        }
    }
}

#[test]
fn a_certifications_revocation_that_cannot_be_judged_brings_no_other_into_force() {
    let key = primary(MADE);
    let wide = self_signature(&key, CERTIFICATION, Draft::by(&key).with(signing()));
    let narrow = Draft::by(&key).with(certifying()).made(MADE + DAY);
    let narrow = direct_key(&key, SignatureType::Key, narrow);
    let revocation = self_signature(&key, SignatureType::CertRevocation, Draft::by(&key));
    let unknown = altered(&revocation, |config| {
        config.hash_alg = HashAlgorithm::Other(99);
    });
    let mut packets = certificate(&key, vec![wide]);
    packets.insert(1, narrow.into());
    assert_eq!(verdict(&key, &packets), Some(KeyFlaw::NotForSigning));
    packets.push(unknown.into());
    assert_eq!(
        verdict(&key, &packets),
        Some(KeyFlaw::SelfSignature(Flaw::Revoked))
    );
}

#[test]
fn somebody_else_who_takes_back_a_certification_changes_nothing() {
    let (key, other) = (primary(MADE), primary(MADE));
    let theirs = self_signature(&other, SignatureType::CertRevocation, Draft::by(&other));
    let claimed = self_signature(&other, SignatureType::CertRevocation, Draft::by(&key));
    let mut packets = with(&key, []);
    packets.extend([theirs.into(), claimed.into()]);
    assert_eq!(verdict(&key, &packets), None);
}

#[test]
fn what_any_copy_of_a_key_says_counts_in_whatever_order() {
    let key = primary(MADE);
    let old = with(&key, []);
    let narrow = Draft::by(&key).with(certifying()).made(MADE + DAY);
    let narrower = certificate(&key, vec![self_signature(&key, CERTIFICATION, narrow)]);
    for copies in [[&old, &narrower], [&narrower, &old]] {
        let packets: Vec<Packet> = copies.into_iter().flatten().cloned().collect();
        assert_eq!(verdict(&key, &packets), Some(KeyFlaw::NotForSigning));
        let mut ring = Keyring::default();
        for copy in copies {
            ring.extend(Keyring::from_bytes(&encode(copy)).unwrap());
        }
        assert_eq!(ring.certificates().len(), 1);
        let signature = encode(&[data_signature(&key, Draft::by(&key)).into()]);
        assert!(ring.verify(MESSAGE, &signature, NOW).is_err());
        let armor = ring.certificates()[0].to_armor();
        let again = Keyring::from_bytes(armor.as_bytes()).unwrap();
        assert!(again.verify(MESSAGE, &signature, NOW).is_err());
    }
}
