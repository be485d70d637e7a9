//! The service's certificate and key, read and checked at start.

use super::failure::Failure;
use super::text_file::bytes;
use rustls::ServerConfig;
use rustls::pki_types::pem::{self, PemObject};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use std::path::Path;
use std::sync::Arc;
use wire::labelled::sha256;

/// Certificates of a PEM file.
pub(super) fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, Failure> {
    let certificates: Vec<_> = CertificateDer::pem_slice_iter(&bytes(path)?)
        .collect::<Result<_, _>>()
        .map_err(|error| pem_failure(path, &error))?;
    if certificates.is_empty() {
        return Err(Failure::Refused(format!(
            "{} holds no certificate in PEM",
            path.display()
        )));
    }
    Ok(certificates)
}

/// TLS as the service speaks it: HTTP/1.1, no client certificates.
pub(super) fn server_config(
    chain: Vec<CertificateDer<'static>>,
    path: &Path,
) -> Result<Arc<ServerConfig>, Failure> {
    let key =
        PrivateKeyDer::from_pem_slice(&bytes(path)?).map_err(|error| pem_failure(path, &error))?;
    let mut config = ServerConfig::builder()
        .with_no_client_auth()
        .with_single_cert(chain, key)
        .map_err(|error| key_failure(path, &error))?;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(Arc::new(config))
}

fn pem_failure(path: &Path, error: &pem::Error) -> Failure {
    Failure::Refused(format!("{}: {error}", path.display()))
}

fn key_failure(path: &Path, error: &rustls::Error) -> Failure {
    let path = path.display();
    Failure::Refused(match error {
        rustls::Error::InconsistentKeys(_) => {
            format!("{path} is not the key of the first certificate in --tls-cert")
        }
        error => format!("{path}: {error}"),
    })
}

/// What enrolment codes pin: the CA of a file, or else the last certificate of
/// the chain if it issued itself, as a private CA's does. A public CA is not
/// pinned: hosts find it in their own store.
pub(super) fn ca_pin(
    chain: &[CertificateDer<'_>],
    ca: Option<&Path>,
) -> Result<Option<[u8; 32]>, Failure> {
    if let Some(path) = ca {
        return Ok(certificates(path)?.first().map(|ca| sha256(ca)));
    }
    Ok(chain
        .last()
        .filter(|last| issued_itself(last))
        .map(|ca| sha256(ca)))
}

fn issued_itself(certificate: &CertificateDer<'_>) -> bool {
    webpki::EndEntityCert::try_from(certificate)
        .is_ok_and(|certificate| certificate.issuer() == certificate.subject())
}
