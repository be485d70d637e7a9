//! Good keys, and signatures by them that must not be believed.

use pgp::{
    composed::KeyType,
    crypto::{ecc_curve::ECCCurve, hash::HashAlgorithm, public_key::PublicKeyAlgorithm},
    packet::{
        Notation, Packet, SecretKey, Signature, SignatureConfig, SignatureType, SubpacketData,
    },
    types::{KeyDetails, Timestamp},
};
use trust::{Flaw, KeyFlaw, Refusal};

use crate::forge::*;

fn good_key() -> (SecretKey, Vec<Packet>) {
    let key = primary(MADE);
    let draft = Draft::by(&key).with(signing());
    let packets = certificate(
        &key,
        vec![self_signature(&key, SignatureType::CertPositive, draft)],
    );
    (key, packets)
}

/// The flaw of a signature that is drafted like this.
fn flaw(draft: impl Fn(&SecretKey) -> Draft) -> Flaw {
    let (key, packets) = good_key();
    match verify(&packets, data_signature(&key, draft(&key))) {
        Err(Refusal::Signature(flaw)) => flaw,
        other => panic!("{other:?}"),
    }
}

fn created() -> SubpacketData {
    SubpacketData::SignatureCreationTime(Timestamp::from_secs(MADE))
}

#[test]
fn an_honest_signature_is_believed() {
    let (key, packets) = good_key();
    assert!(verify(&packets, data_signature(&key, Draft::by(&key))).is_ok());
}

#[test]
fn time_and_issuer_count_only_under_the_hash() {
    assert_eq!(
        flaw(|key| {
            let mut draft = Draft::by(key).beside(created());
            draft.hashed.remove(0);
            draft
        }),
        Flaw::NoCreationTime
    );
    assert_eq!(
        flaw(|key| {
            let mut draft = Draft::by(key).beside(SubpacketData::IssuerKeyId(key.legacy_key_id()));
            draft.hashed.remove(1);
            draft
        }),
        Flaw::NoIssuer
    );
}

#[test]
fn a_key_id_under_the_hash_names_the_issuer_too() {
    let (key, packets) = good_key();
    let mut draft = Draft::by(&key).with(SubpacketData::IssuerKeyId(key.legacy_key_id()));
    draft.hashed.remove(1);
    assert!(verify(&packets, data_signature(&key, draft)).is_ok());
}

#[test]
fn who_names_two_issuers_is_neither() {
    let (key, packets) = good_key();
    let other = SubpacketData::IssuerFingerprint(primary(MADE).fingerprint());
    for draft in [
        Draft::by(&key).with(other.clone()),
        Draft::by(&key).beside(other),
    ] {
        let verdict = verify(&packets, data_signature(&key, draft));
        assert!(
            matches!(verdict, Err(Refusal::UnknownSigner { .. })),
            "{verdict:?}"
        );
    }
}

#[test]
fn nothing_is_said_twice() {
    assert_eq!(
        flaw(|key| Draft::by(key).with(created())),
        Flaw::Repeated("creation time")
    );
    let expiry = || SubpacketData::SignatureExpirationTime(seconds(0));
    assert_eq!(
        flaw(|key| Draft::by(key).with(expiry()).with(expiry())),
        Flaw::Repeated("expiry")
    );
}

#[test]
fn a_signature_is_not_older_than_its_key() {
    assert_eq!(
        flaw(|key| Draft::by(key).made(MADE - 1)),
        Flaw::OlderThanKey
    );
}

#[test]
fn unknown_critical_statements_are_refused_and_others_ignored() {
    let unknown = || SubpacketData::Experimental(101, vec![1].into());
    let notation = || {
        SubpacketData::Notation(Notation {
            readable: true,
            name: "x@y".into(),
            value: "z".into(),
        })
    };
    assert_eq!(
        flaw(|key| Draft::by(key).critical(unknown())),
        Flaw::CriticalSubpacket(101)
    );
    assert_eq!(
        flaw(|key| Draft::by(key).critical(notation())),
        Flaw::CriticalNotation("x@y".to_owned())
    );
    assert_eq!(
        flaw(
            |key| Draft::by(key).critical(SubpacketData::IntendedRecipientFingerprint(
                key.fingerprint()
            ))
        ),
        Flaw::CriticalSubpacket(35)
    );
    let (key, packets) = good_key();
    assert!(
        verify(
            &packets,
            data_signature(&key, Draft::by(&key).with(unknown()).with(notation()))
        )
        .is_ok()
    );
}

#[test]
fn a_statement_on_a_key_is_no_signature_over_data() {
    let (key, packets) = good_key();
    for kind in [
        SignatureType::Standalone,
        SignatureType::CertPositive,
        SignatureType::Key,
        SignatureType::Timestamp,
    ] {
        let signature = repackaged(&key, |honest| honest.typ = kind);
        assert_eq!(
            verify(&packets, signature),
            Err(Refusal::NotBinary),
            "{kind:?}"
        );
    }
}

#[test]
fn md5_and_unknown_hashes_are_refused() {
    let (key, packets) = good_key();
    for (hash, name) in [
        (HashAlgorithm::Md5, "MD5"),
        (HashAlgorithm::Sha1, "SHA1"),
        (HashAlgorithm::Ripemd160, "RIPEMD160"),
        (HashAlgorithm::None, "NONE"),
    ] {
        let signature = repackaged(&key, |honest| honest.hash_alg = hash);
        assert_eq!(
            verify(&packets, signature),
            Err(Refusal::Signature(Flaw::Hash(name.to_owned())))
        );
    }
}

#[test]
fn a_hash_that_is_too_short_for_its_key_is_refused() {
    for (kind, short) in [
        (KeyType::Ed25519Legacy, HashAlgorithm::Sha224),
        (KeyType::ECDSA(ECCCurve::P384), HashAlgorithm::Sha256),
        (KeyType::ECDSA(ECCCurve::P521), HashAlgorithm::Sha384),
    ] {
        let key = primary_of(&kind, MADE);
        let draft = |hash| Draft::by(&key).with(signing()).hashed_with(hash);
        let own = |hash| self_signature(&key, SignatureType::CertPositive, draft(hash));
        let honest = certificate(&key, vec![own(HashAlgorithm::Sha512)]);
        let signature = data_signature(&key, draft(HashAlgorithm::Sha512));
        assert!(verify(&honest, signature.clone()).is_ok(), "{kind:?}");
        assert_eq!(
            key_flaw(&certificate(&key, vec![own(short)]), signature),
            KeyFlaw::SelfSignature(Flaw::Hash(short.to_string()))
        );
    }
}

#[test]
fn a_signature_names_its_keys_algorithm() {
    let (key, packets) = good_key();
    let signature = repackaged(&key, |honest| honest.pub_alg = PublicKeyAlgorithm::ECDSA);
    assert_eq!(
        verify(&packets, signature),
        Err(Refusal::Signature(Flaw::Algorithm))
    );
}

fn repackaged(key: &SecretKey, change: impl Fn(&mut SignatureConfig)) -> Signature {
    altered(&data_signature(key, Draft::by(key)), change)
}

#[test]
fn version_3_is_refused() {
    let (key, packets) = good_key();
    let signature = repackaged(&key, |honest| {
        *honest = SignatureConfig::v3(
            SignatureType::Binary,
            honest.pub_alg,
            HashAlgorithm::Sha256,
            Timestamp::from_secs(MADE),
            key.legacy_key_id(),
        );
    });
    assert_eq!(
        verify(&packets, signature),
        Err(Refusal::Signature(Flaw::Version(3)))
    );
}
