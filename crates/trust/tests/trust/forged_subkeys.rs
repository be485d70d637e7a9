//! Good signatures by subkeys that must not be trusted.

use pgp::composed::KeyType;
use pgp::crypto::ecc_curve::ECCCurve;
use pgp::packet::{Packet, SecretKey, SecretSubkey, SignatureType, SubpacketData};
use trust::{Flaw, KeyFlaw};

use crate::forge::*;

const DAY: u32 = 86_400;

const CERTIFICATION: SignatureType = SignatureType::CertPositive;

/// A certify-only primary key with a subkey, bound as the test asks.
struct Family {
    primary: SecretKey,
    subkey: SecretSubkey,
}

impl Family {
    fn new() -> Self {
        Self::with(subkey(&KeyType::Ed25519Legacy, MADE))
    }

    fn with(subkey: SecretSubkey) -> Self {
        Self {
            primary: primary(MADE),
            subkey,
        }
    }

    fn back(&self) -> Draft {
        Draft::by(&self.subkey)
    }

    /// A binding for signing, with this back-signature.
    fn bind(&self, back: Draft) -> Draft {
        Draft::by(&self.primary)
            .with(signing())
            .with(back_signature(&self.primary, &self.subkey, back))
    }

    fn packets(&self, binding: pgp::packet::Signature) -> Vec<Packet> {
        let own = self_signature(
            &self.primary,
            CERTIFICATION,
            Draft::by(&self.primary).with(certifying()),
        );
        let mut packets = certificate(&self.primary, vec![own]);
        packets.extend([self.subkey.public_key().clone().into(), binding.into()]);
        packets
    }

    fn signature(&self) -> pgp::packet::Signature {
        data_signature(&self.subkey, Draft::by(&self.subkey))
    }

    /// The flaw of the subkey if it is bound like this.
    fn flaw(&self, draft: Draft) -> KeyFlaw {
        key_flaw(
            &self.packets(binding(&self.primary, &self.subkey, draft)),
            self.signature(),
        )
    }
}

#[test]
fn a_subkey_that_is_bound_both_ways_signs() {
    let family = Family::new();
    let binding = binding(&family.primary, &family.subkey, family.bind(family.back()));
    assert!(verify(&family.packets(binding), family.signature()).is_ok());
}

#[test]
fn a_subkey_for_authentication_does_not_sign() {
    let family = Family::new();
    let draft = Draft::by(&family.primary).with(flags(|flags| flags.set_authentication(true)));
    assert_eq!(family.flaw(draft), KeyFlaw::NotForSigning);
}

#[test]
fn a_subkey_consents_to_its_primary_key() {
    let (family, other) = (Family::new(), Family::new());
    let without = Draft::by(&family.primary).with(signing());
    assert_eq!(
        family.flaw(without.clone()),
        KeyFlaw::BackSignature(Flaw::Missing)
    );
    let for_another = back_signature(&other.primary, &family.subkey, family.back());
    assert_eq!(
        family.flaw(without.clone().with(for_another)),
        KeyFlaw::BackSignature(Flaw::Mismatch)
    );
    let by_another = back_signature(&family.primary, &other.subkey, family.back());
    assert_eq!(
        family.flaw(without.with(by_another)),
        KeyFlaw::BackSignature(Flaw::Mismatch)
    );
}

#[test]
fn bindings_in_both_directions_are_judged_like_any_signature() {
    let family = Family::new();
    let sha1 = || Flaw::Hash("SHA1".to_owned());
    let weak = with_sha1(&binding(
        &family.primary,
        &family.subkey,
        family.bind(family.back()),
    ));
    assert_eq!(
        key_flaw(&family.packets(weak), family.signature()),
        KeyFlaw::Binding(sha1())
    );
    let weak = with_sha1(&back(&family.primary, &family.subkey, family.back()));
    let weak = SubpacketData::EmbeddedSignature(Box::new(weak));
    let draft = Draft::by(&family.primary).with(signing()).with(weak);
    assert_eq!(family.flaw(draft), KeyFlaw::BackSignature(sha1()));
    let over = SubpacketData::SignatureExpirationTime(seconds(DAY));
    let expired = || Flaw::Expired(u64::from(MADE + DAY));
    assert_eq!(
        family.flaw(family.bind(family.back()).with(over.clone())),
        KeyFlaw::Binding(expired())
    );
    assert_eq!(
        family.flaw(family.bind(family.back().with(over))),
        KeyFlaw::BackSignature(expired())
    );
}

#[test]
fn a_subkey_is_judged_by_strength_and_time_as_a_primary_key_is() {
    let weak = Family::with(subkey(&KeyType::Rsa(1024), MADE));
    assert_eq!(weak.flaw(weak.bind(weak.back())), KeyFlaw::ShortRsa(1024));
    let later = u32::try_from(NOW).unwrap() + DAY;
    let early = Family::with(subkey(&KeyType::Ed25519Legacy, later));
    let draft = early.bind(early.back().made(later));
    assert_eq!(early.flaw(draft), KeyFlaw::FromFuture(u64::from(later)));
}

#[test]
fn a_subkey_over_an_untrusted_curve_is_refused_by_its_name() {
    let kind = KeyType::ECDSA(ECCCurve::Secp256k1);
    let family = Family::with(subkey(&kind, MADE));
    let flaw = family.flaw(family.bind(family.back()));
    let KeyFlaw::Algorithm(name) = flaw else {
        panic!("{flaw:?}")
    };
    assert!(name.starts_with("ECDSA over a curve other"), "{name}");
}

#[test]
fn a_subkey_that_another_key_has_bound_is_refused() {
    let (family, other) = (Family::new(), Family::new());
    let draft = family.bind(family.back());
    let foreign = binding(&other.primary, &family.subkey, draft);
    assert_eq!(
        key_flaw(&family.packets(foreign), family.signature()),
        KeyFlaw::Binding(Flaw::Mismatch)
    );
}

#[test]
fn a_subkey_does_not_outlive_its_primary_key() {
    let family = Family::new();
    let binding = binding(&family.primary, &family.subkey, family.bind(family.back()));
    let mut packets = family.packets(binding);
    let ended = Draft::by(&family.primary)
        .with(certifying())
        .with(SubpacketData::KeyExpirationTime(seconds(DAY)));
    packets[2] = self_signature(&family.primary, CERTIFICATION, ended).into();
    assert_eq!(
        key_flaw(&packets, family.signature()),
        KeyFlaw::Expired(u64::from(MADE + DAY))
    );
}

#[test]
fn a_subkeys_revocation_counts_wherever_it_stands() {
    let (key, sub) = (primary(MADE), subkey(&KeyType::Ed25519Legacy, MADE));
    let own = self_signature(&key, CERTIFICATION, Draft::by(&key).with(certifying()));
    let back = back_signature(&key, &sub, Draft::by(&sub));
    let bound = binding(&key, &sub, Draft::by(&key).with(signing()).with(back));
    let mut good = certificate(&key, vec![own]);
    good.extend([sub.public_key().clone().into(), bound.into()]);
    assert!(verify(&good, data_signature(&sub, Draft::by(&sub))).is_ok());
    for place in 1..=good.len() {
        let mut packets = good.clone();
        packets.insert(place, subkey_revocation(&key, &sub).into());
        assert_eq!(
            key_flaw(&packets, data_signature(&sub, Draft::by(&sub))),
            KeyFlaw::Revoked,
            "at {place}"
        );
    }
}
