//! The first contact with a control service whose CA is known by its
//! fingerprint only.
//!
//! minreq cannot pin a certificate, so one TLS handshake is made with rustls
//! itself. It succeeds only if the server's chain contains the pinned CA and is
//! good under it; nothing is sent. From then on the CA is a file like any other.

use super::connect::Connected;
use super::exchange::Transport;
use super::frame::{Class, LinkFailure};
use super::{connect, tls};
use crate::config::address::ControlUri;
use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::CryptoProvider;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{
    CertificateError, ClientConfig, ClientConnection, DigitallySignedStruct, Error, RootCertStore,
    SignatureScheme,
};
use std::sync::{Arc, OnceLock};
use wire::labelled::sha256;
use wire::text::of_connection;

/// Fetches the CA's certificate (DER).
///
/// # Errors
/// When the server cannot be reached, does not present the pinned CA, or its
/// certificate is not good under it.
pub(super) fn fetch(
    uri: &ControlUri,
    pin: [u8; 32],
    transport: &Transport,
    connected: Connected<'_>,
) -> Result<Vec<u8>, LinkFailure> {
    let verifier = verifier(pin)?;
    shake_hands(uri, transport, connected, &verifier)?;
    let found = verifier.found.get().cloned();
    found.ok_or_else(without_certificate)
}

/// Returns the server's own certificate (DER), not verified.
///
/// # Errors
/// When the server cannot be reached or shows none.
pub(super) fn look(
    uri: &ControlUri,
    transport: &Transport,
    connected: Connected<'_>,
) -> Result<Vec<u8>, LinkFailure> {
    // The CA that has this hash is not found: the handshake ends with the certificate.
    let verifier = verifier([0; 32])?;
    let ended = shake_hands(uri, transport, connected, &verifier);
    match verifier.leaf.get() {
        Some(leaf) => Ok(leaf.clone()),
        None => Err(ended.err().unwrap_or_else(without_certificate)),
    }
}

fn without_certificate() -> LinkFailure {
    LinkFailure::network("the server ended the handshake without its certificate")
}

fn verifier(pin: [u8; 32]) -> Result<Arc<PinnedCa>, LinkFailure> {
    tls::install_ring();
    let provider = CryptoProvider::get_default()
        .ok_or_else(|| LinkFailure::network("TLS is not available"))?;
    Ok(Arc::new(PinnedCa {
        pin,
        provider: Arc::clone(provider),
        leaf: OnceLock::new(),
        found: OnceLock::new(),
    }))
}

fn shake_hands(
    uri: &ControlUri,
    transport: &Transport,
    connected: Connected<'_>,
    verifier: &Arc<PinnedCa>,
) -> Result<(), LinkFailure> {
    let mut connection = session(uri, Arc::clone(verifier)).map_err(|error| explain(&error))?;
    let mut stream = connect::connect(uri, transport, connected)?;
    while connection.is_handshaking() {
        connection.complete_io(&mut stream).map_err(|error| {
            let inner = error.get_ref().and_then(|inner| inner.downcast_ref());
            inner.map_or_else(|| LinkFailure::network(of_connection(&error)), explain)
        })?;
    }
    Ok(())
}

fn session(uri: &ControlUri, verifier: Arc<PinnedCa>) -> Result<ClientConnection, Error> {
    let name = ServerName::try_from(uri.host().to_owned())
        .map_err(|error| Error::General(error.to_string()))?;
    let config = ClientConfig::builder()
        .dangerous()
        .with_custom_certificate_verifier(verifier)
        .with_no_client_auth();
    ClientConnection::new(Arc::new(config), name)
}

fn explain(error: &Error) -> LinkFailure {
    match error {
        Error::InvalidCertificate(CertificateError::UnknownIssuer) => LinkFailure {
            class: Class::Certificate,
            text: "the server does not present the CA that the enrolment code names: this is not the service \
                   that made the code, or something on the way pretends to be it"
                .to_owned(),
        },
        error => tls::explain(error),
    }
}

/// Accepts a chain that contains the pinned CA and is good under it alone.
#[derive(Debug)]
struct PinnedCa {
    pin: [u8; 32],
    provider: Arc<CryptoProvider>,
    leaf: OnceLock<Vec<u8>>,
    found: OnceLock<Vec<u8>>,
}

impl PinnedCa {
    fn under(&self, ca: &CertificateDer<'_>) -> Result<Arc<WebPkiServerVerifier>, Error> {
        let mut roots = RootCertStore::empty();
        roots.add(ca.clone().into_owned())?;
        WebPkiServerVerifier::builder_with_provider(Arc::new(roots), Arc::clone(&self.provider))
            .build()
            .map_err(|error| Error::General(error.to_string()))
    }
}

impl ServerCertVerifier for PinnedCa {
    fn verify_server_cert(
        &self,
        leaf: &CertificateDer<'_>,
        chain: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        ocsp: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        self.leaf.get_or_init(|| leaf.to_vec());
        let ca = chain
            .iter()
            .find(|certificate| sha256(certificate) == self.pin);
        let ca = ca.ok_or(Error::InvalidCertificate(CertificateError::UnknownIssuer))?;
        let verified = self
            .under(ca)?
            .verify_server_cert(leaf, chain, name, ocsp, now)?;
        self.found.get_or_init(|| ca.to_vec());
        Ok(verified)
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        leaf: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        rustls::crypto::verify_tls12_signature(
            message,
            leaf,
            signed,
            &self.provider.signature_verification_algorithms,
        )
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        leaf: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        rustls::crypto::verify_tls13_signature(
            message,
            leaf,
            signed,
            &self.provider.signature_verification_algorithms,
        )
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider
            .signature_verification_algorithms
            .supported_schemes()
    }
}
