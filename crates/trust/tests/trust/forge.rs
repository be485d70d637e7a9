//! A workshop for keys and signatures that no honest program makes.

use p256::ecdsa::signature::Signer;
use pgp::{
    composed::KeyType,
    crypto::{eddsa_legacy, hash::HashAlgorithm, public_key::PublicKeyAlgorithm},
    packet::{
        KeyFlags, Packet, PubKeyInner, PublicKey, PublicSubkey, SecretKey, SecretSubkey, Signature,
        SignatureConfig, SignatureType, Subpacket, SubpacketData, UserId,
    },
    ser::Serialize,
    types::{
        Duration, KeyDetails, KeyId, KeyVersion, Mpi, Password, PlainSecretParams, PublicParams,
        SecretParams, SignatureBytes, SigningKey, Tag, Timestamp,
    },
};
use rand::rngs::OsRng;
use trust::{Fingerprint, KeyFlaw, Keyring, Refusal};

/// When everything is made, unless a draft gives another time.
pub(crate) const MADE: u32 = 1_780_000_000;
/// When everything is verified.
pub(crate) const NOW: u64 = 1_780_272_000;

pub(crate) const MESSAGE: &[u8] = b"hello";

/// A statement to be signed: subpackets under the hash and beside it.
#[derive(Clone)]
pub(crate) struct Draft {
    pub(crate) hashed: Vec<Subpacket>,
    pub(crate) unhashed: Vec<Subpacket>,
    pub(crate) hash: HashAlgorithm,
}

impl Draft {
    /// What an honest signer says: when, and who.
    pub(crate) fn by(key: &impl KeyDetails) -> Self {
        Self {
            hashed: Vec::new(),
            unhashed: Vec::new(),
            hash: HashAlgorithm::Sha256,
        }
        .with(SubpacketData::SignatureCreationTime(Timestamp::from_secs(
            MADE,
        )))
        .with(SubpacketData::IssuerFingerprint(key.fingerprint()))
    }

    pub(crate) fn with(mut self, data: SubpacketData) -> Self {
        self.hashed.push(Subpacket::regular(data).unwrap());
        self
    }

    pub(crate) fn critical(mut self, data: SubpacketData) -> Self {
        self.hashed.push(Subpacket::critical(data).unwrap());
        self
    }

    pub(crate) fn beside(mut self, data: SubpacketData) -> Self {
        self.unhashed.push(Subpacket::regular(data).unwrap());
        self
    }

    /// Claims to be made at another time.
    pub(crate) fn made(mut self, seconds: u32) -> Self {
        self.hashed[0] = Subpacket::regular(SubpacketData::SignatureCreationTime(
            Timestamp::from_secs(seconds),
        ))
        .unwrap();
        self
    }

    /// Signed over another hash than SHA-256.
    pub(crate) fn hashed_with(mut self, hash: HashAlgorithm) -> Self {
        self.hash = hash;
        self
    }

    pub(crate) fn config(self, kind: SignatureType, key: &impl KeyDetails) -> SignatureConfig {
        let mut config = SignatureConfig::v4(kind, key.algorithm(), self.hash);
        config.hashed_subpackets = self.hashed;
        config.unhashed_subpackets = self.unhashed;
        config
    }
}

pub(crate) fn flags(set: impl Fn(&mut KeyFlags)) -> SubpacketData {
    let mut flags = KeyFlags::default();
    set(&mut flags);
    SubpacketData::KeyFlags(flags)
}

pub(crate) fn signing() -> SubpacketData {
    flags(|flags| flags.set_sign(true))
}

pub(crate) fn certifying() -> SubpacketData {
    flags(|flags| flags.set_certify(true))
}

pub(crate) fn seconds(seconds: u32) -> Duration {
    Duration::from_secs(seconds)
}

fn inner(kind: &KeyType, made: u32) -> (PubKeyInner, SecretParams) {
    let (public, secret) = kind.generate(OsRng).unwrap();
    let made = Timestamp::from_secs(made);
    let inner = PubKeyInner::new(KeyVersion::V4, kind.to_alg(), made, None, public);
    (inner.unwrap(), secret)
}

pub(crate) fn primary(made: u32) -> SecretKey {
    primary_of(&KeyType::Ed25519Legacy, made)
}

pub(crate) fn primary_of(kind: &KeyType, made: u32) -> SecretKey {
    let (inner, secret) = inner(kind, made);
    SecretKey::new(PublicKey::from_inner(inner).unwrap(), secret).unwrap()
}

pub(crate) fn subkey(kind: &KeyType, made: u32) -> SecretSubkey {
    let (inner, secret) = inner(kind, made);
    SecretSubkey::new(PublicSubkey::from_inner(inner).unwrap(), secret).unwrap()
}

/// Signs any hash, where the library refuses those that are too short for the key.
#[derive(Debug)]
struct Careless<'a>(&'a SecretKey);

impl KeyDetails for Careless<'_> {
    fn version(&self) -> KeyVersion {
        self.0.version()
    }

    fn legacy_key_id(&self) -> KeyId {
        self.0.legacy_key_id()
    }

    fn fingerprint(&self) -> pgp::types::Fingerprint {
        self.0.fingerprint()
    }

    fn algorithm(&self) -> PublicKeyAlgorithm {
        self.0.algorithm()
    }

    fn created_at(&self) -> Timestamp {
        self.0.created_at()
    }

    fn legacy_v3_expiration_days(&self) -> Option<u16> {
        None
    }

    fn public_params(&self) -> &PublicParams {
        self.0.public_params()
    }
}

impl SigningKey for Careless<'_> {
    fn sign(
        &self,
        password: &Password,
        hash: HashAlgorithm,
        data: &[u8],
    ) -> pgp::errors::Result<SignatureBytes> {
        match self.0.secret_params() {
            SecretParams::Plain(PlainSecretParams::EdDSALegacy(
                eddsa_legacy::SecretKey::Ed25519(secret),
            )) => {
                let signature = (**secret).sign(data).to_bytes();
                let numbers = signature.chunks(32).map(Mpi::from_slice);
                Ok(SignatureBytes::Mpis(numbers.collect()))
            }
            SecretParams::Plain(PlainSecretParams::ECDSA(_)) => {
                // The same number, in as many bytes as the curve takes.
                let longer = self.0.hash_alg();
                let zeros = longer.digest_size().unwrap().saturating_sub(data.len());
                let number = [vec![0; zeros], data.to_vec()].concat();
                self.0.sign(password, longer, &number)
            }
            _ => self.0.sign(password, hash, data),
        }
    }

    fn hash_alg(&self) -> HashAlgorithm {
        self.0.hash_alg()
    }
}

pub(crate) fn user() -> UserId {
    UserId::from_str(Default::default(), "Forged <forged@example.com>").unwrap()
}

pub(crate) fn self_signature(key: &SecretKey, kind: SignatureType, draft: Draft) -> Signature {
    draft
        .config(kind, key)
        .sign_certification(
            &Careless(key),
            key.public_key(),
            &Password::empty(),
            Tag::UserId,
            &user(),
        )
        .unwrap()
}

pub(crate) fn direct_key(key: &SecretKey, kind: SignatureType, draft: Draft) -> Signature {
    on_key(key, key, kind, draft)
}

/// Made by one key on another.
pub(crate) fn on_key(
    signer: &SecretKey,
    key: &SecretKey,
    kind: SignatureType,
    draft: Draft,
) -> Signature {
    let config = draft.config(kind, signer);
    config
        .sign_key(&Careless(signer), &Password::empty(), key.public_key())
        .unwrap()
}

pub(crate) fn binding(primary: &SecretKey, subkey: &SecretSubkey, draft: Draft) -> Signature {
    draft
        .config(SignatureType::SubkeyBinding, primary)
        .sign_subkey_binding(
            &Careless(primary),
            primary.public_key(),
            &Password::empty(),
            subkey.public_key(),
        )
        .unwrap()
}

pub(crate) fn subkey_revocation(primary: &SecretKey, subkey: &SecretSubkey) -> Signature {
    subkey_revocation_with(primary, subkey, Draft::by(primary))
}

pub(crate) fn subkey_revocation_with(
    primary: &SecretKey,
    subkey: &SecretSubkey,
    draft: Draft,
) -> Signature {
    draft
        .config(SignatureType::SubkeyRevocation, primary)
        .sign_subkey_binding(
            &Careless(primary),
            primary.public_key(),
            &Password::empty(),
            subkey.public_key(),
        )
        .unwrap()
}

pub(crate) fn back_signature(
    primary: &SecretKey,
    subkey: &SecretSubkey,
    draft: Draft,
) -> SubpacketData {
    SubpacketData::EmbeddedSignature(Box::new(back(primary, subkey, draft)))
}

pub(crate) fn back(primary: &SecretKey, subkey: &SecretSubkey, draft: Draft) -> Signature {
    draft
        .config(SignatureType::KeyBinding, subkey)
        .sign_primary_key_binding(
            subkey,
            subkey.public_key(),
            &Password::empty(),
            primary.public_key(),
        )
        .unwrap()
}

pub(crate) fn data_signature(key: &impl SigningKey, draft: Draft) -> Signature {
    draft
        .config(SignatureType::Binary, key)
        .sign(key, &Password::empty(), MESSAGE)
        .unwrap()
}

/// A signature whose statement is changed after signing.
pub(crate) fn altered(signature: &Signature, change: impl Fn(&mut SignatureConfig)) -> Signature {
    let mut config = signature.config().unwrap().clone();
    change(&mut config);
    let (start, number) = (signature.signed_hash_value(), signature.signature());
    Signature::from_config(config, start.unwrap(), number.unwrap().clone()).unwrap()
}

/// A signature that says that it was made with SHA-1.
pub(crate) fn with_sha1(signature: &Signature) -> Signature {
    altered(signature, |config| config.hash_alg = HashAlgorithm::Sha1)
}

/// A certificate of one user id with these self-signatures.
pub(crate) fn certificate(key: &SecretKey, signatures: Vec<Signature>) -> Vec<Packet> {
    let mut packets = vec![Packet::from(key.public_key().clone()), user().into()];
    packets.extend(signatures.into_iter().map(Packet::from));
    packets
}

pub(crate) fn encode(packets: &[Packet]) -> Vec<u8> {
    packets
        .iter()
        .flat_map(|packet| packet.to_bytes().unwrap())
        .collect()
}

pub(crate) fn verify(certificate: &[Packet], signature: Signature) -> Result<Fingerprint, Refusal> {
    let keyring = Keyring::from_bytes(&encode(certificate)).unwrap();
    keyring.verify(MESSAGE, &encode(&[signature.into()]), NOW)
}

/// The key's flaw, of a signature that is refused for its key.
pub(crate) fn key_flaw(certificate: &[Packet], signature: Signature) -> KeyFlaw {
    match verify(certificate, signature) {
        Err(Refusal::Key { flaw, .. }) => flaw,
        other => panic!("{other:?}"),
    }
}

/// A secret key of version 6, made now.
pub(crate) fn version_6_key() -> Vec<u8> {
    let key = pgp::composed::SecretKeyParamsBuilder::default()
        .version(KeyVersion::V6)
        .key_type(KeyType::Ed25519)
        .can_certify(true)
        .can_sign(true)
        .primary_user_id("Six".into())
        .build()
        .unwrap();
    key.generate(OsRng).unwrap().to_bytes().unwrap()
}
