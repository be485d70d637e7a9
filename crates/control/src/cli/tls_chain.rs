//! Certificate chains, and their validity.

use crate::clock::unix_now;
use rustls::pki_types::{CertificateDer, TrustAnchor, UnixTime};
use std::time::Duration;
use webpki::{EndEntityCert, Error, KeyUsage};

/// Verifies the first certificate of `chain` against `ca`, now.
///
/// # Errors
/// Why it is not valid.
pub(super) fn verify(chain: &[CertificateDer<'_>], ca: &CertificateDer<'_>) -> Result<(), Error> {
    verify_at(chain, &[webpki::anchor_from_trusted_cert(ca)?], unix_now())
}

/// Whether a CA of this machine's store issued the first certificate of `chain`.
pub(super) fn is_public(chain: &[CertificateDer<'_>]) -> bool {
    let roots = rustls_native_certs::load_native_certs().certs;
    roots.iter().any(|root| verify(chain, root).is_ok())
}

/// Checks that a certificate is valid now.
///
/// # Errors
/// [`Error::CertExpired`] or [`Error::CertNotValidYet`].
pub(super) fn holds(certificate: &CertificateDer<'_>) -> Result<(), Error> {
    match verify_at(std::slice::from_ref(certificate), &[], unix_now()) {
        Err(error @ (Error::CertExpired { .. } | Error::CertNotValidYet { .. })) => Err(error),
        _ => Ok(()),
    }
}

/// When a certificate expires, in unix seconds.
pub(super) fn end_of(certificate: &CertificateDer<'_>) -> Option<u64> {
    // The verifier checks the time before anything else.
    const NEVER: u64 = 1 << 40;
    match verify_at(std::slice::from_ref(certificate), &[], NEVER) {
        Err(Error::CertExpired { not_after, .. }) => Some(not_after.as_secs()),
        _ => None,
    }
}

/// Whether a certificate is self-issued, as a CA at the end of a chain is.
pub(super) fn issued_itself(certificate: &CertificateDer<'_>) -> bool {
    EndEntityCert::try_from(certificate)
        .is_ok_and(|certificate| certificate.issuer() == certificate.subject())
}

/// The names in a certificate, without addresses.
pub(super) fn names(certificate: &CertificateDer<'_>) -> String {
    let names = EndEntityCert::try_from(certificate);
    let names =
        names.map(|certificate| certificate.valid_dns_names().collect::<Vec<_>>().join(", "));
    names.unwrap_or_default()
}

fn verify_at(
    chain: &[CertificateDer<'_>],
    anchors: &[TrustAnchor<'_>],
    unix: u64,
) -> Result<(), Error> {
    let (leaf, others) = chain.split_first().ok_or(Error::UnknownIssuer)?;
    let algorithms = rustls::crypto::ring::default_provider().signature_verification_algorithms;
    EndEntityCert::try_from(leaf)?
        .verify_for_usage(
            algorithms.all,
            anchors,
            others,
            UnixTime::since_unix_epoch(Duration::from_secs(unix)),
            KeyUsage::server_auth(),
            None,
            None,
        )
        .map(drop)
}
