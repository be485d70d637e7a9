//! The service's certificate, key and CA, which are read and checked at start and when they
//! change.

use super::exposure;
use super::failure::Failure;
use super::text_file::bytes;
use super::tls_chain::{end_of, holds, is_public, issued_itself, names, verify};
use crate::domain::expiry::{Expiry, date};
use crate::domain::own_names::{OwnNames, host_of, is_for};
use rustls::ServerConfig;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::server::NoServerSessionStorage;
use std::fs::File;
use std::io::{ErrorKind, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use wire::ca_file::{self, Entry};
use wire::labelled::{Labelled, sha256};

const RENEW: &str = "make another one with `pilotctl tls issue`, or as you made this one, and replace it; \
     `pilotctl serve` notices";
const REPLACE_CA: &str = "after that, hosts trust none of its certificates: make another CA and give it to \
     the hosts before (docs/operations/moving.md)";
const RENEW_CHAIN: &str = "replace it in the chain by a newer one";

/// The paths of the files, and the address that the certificate is for.
pub(super) struct TlsFiles {
    pub(super) certificate: PathBuf,
    pub(super) key: PathBuf,
    pub(super) ca: Option<PathBuf>,
    pub(super) url: Option<String>,
}

/// The files, read and checked.
pub(super) struct Loaded {
    /// The TLS configuration: HTTP/1.1, no client certificates.
    pub(super) config: Arc<ServerConfig>,
    /// The CA that codes pin. A public CA is not pinned, because hosts have it in their own
    /// store.
    pub(super) ca_pin: Option<[u8; 32]>,
    /// The address for hosts, which the certificate is for.
    pub(super) url: Option<String>,
    /// The names by which hosts reach the service.
    pub(super) names: OwnNames,
    /// When the certificates expire.
    pub(super) expiries: Vec<Expiry>,
    /// Whether hosts find its CA neither in a code nor, probably, in their own store.
    pub(super) has_unknown_ca: bool,
}

impl TlsFiles {
    /// Reads them.
    ///
    /// # Errors
    /// The file, what is wrong with it, and what to do.
    pub(super) fn load(&self) -> Result<Loaded, Failure> {
        exposure::refuse(self.paths().map(PathBuf::as_path))?;
        let chain = chain(&self.certificate)?;
        let [leaf, ..] = &*chain else {
            return Err(no_certificate(&self.certificate));
        };
        let config = server_config(chain.clone(), &self.key)?;
        self.check_time(leaf)?;
        let ca = self.ca(&chain)?;
        self.check_name(leaf)?;
        Ok(Loaded {
            config,
            ca_pin: ca.as_ref().map(|ca| sha256(ca)),
            url: self.url.clone(),
            names: OwnNames::new(self.url.as_deref(), leaf.clone()),
            expiries: self.expiries(&chain, ca.as_ref()),
            has_unknown_ca: ca.is_none() && !is_public(&chain),
        })
    }

    /// A digest of the files, which changes when a file does.
    pub(super) fn digest(&self) -> [u8; 32] {
        let mut all = Labelled::new("pilotctl/tls-files");
        for file in self.paths() {
            all = all.bytes(&std::fs::read(file).unwrap_or_default());
        }
        sha256(&all.finish())
    }

    fn paths(&self) -> impl Iterator<Item = &PathBuf> {
        [Some(&self.certificate), Some(&self.key), self.ca.as_ref()]
            .into_iter()
            .flatten()
    }

    fn check_time(&self, leaf: &CertificateDer<'_>) -> Result<(), Failure> {
        let path = self.certificate.display();
        holds(leaf).map_err(|error| match error {
            webpki::Error::CertExpired { not_after, .. } => refused(format!(
                "the certificate in {path} expired on {}: {RENEW}",
                date(not_after.as_secs())
            )),
            webpki::Error::CertNotValidYet { not_before, .. } => refused(format!(
                "the certificate in {path} is valid from {} on: set the clock of this machine, or wait",
                date(not_before.as_secs())
            )),
            error => refused(format!("the certificate in {path}: {error}")),
        })
    }

    /// The CA of --ca, or else the last certificate of the chain if it is self-issued, as that of
    /// a private CA is.
    fn ca(
        &self,
        chain: &[CertificateDer<'static>],
    ) -> Result<Option<CertificateDer<'static>>, Failure> {
        let cert = self.certificate.display();
        let Some(path) = &self.ca else {
            let Some(last) = chain.last().filter(|last| issued_itself(last)) else {
                return Ok(None);
            };
            return match verify(chain, last) {
                Ok(()) => Ok(Some(last.clone())),
                Err(error) => Err(refused(format!(
                    "the certificates in {cert} form no chain from the first to the last one ({error}): put the \
                     service's own first, then the one of the CA that issued it, and so on"
                ))),
            };
        };
        let mut cas = cas(path, refused)?;
        cas.retain(|ca| verify(chain, ca).is_ok());
        if cas.is_empty() {
            return Err(refused(format!(
                "the CA in {} did not issue the certificate in {cert}, or {cert} lacks a certificate between \
                 the two: name the right CA with --ca, or add the missing certificate after the first one",
                path.display()
            )));
        }
        // A renewed CA may have both certificates in the file.
        let of_chain = cas.into_iter().find(|ca| chain.contains(ca));
        of_chain.map(Some).ok_or_else(|| {
            refused(format!(
                "{cert} does not end with its CA, which hosts that enrol with a code need there: \
                 run `cat {} >> {cert}`",
                path.display()
            ))
        })
    }

    fn check_name(&self, leaf: &CertificateDer<'_>) -> Result<(), Failure> {
        let Some(host) = self.url.as_deref().and_then(host_of) else {
            return Ok(());
        };
        let name = ServerName::try_from(host);
        if name.is_ok_and(|name| is_for(leaf, &name)) {
            return Ok(());
        }
        Err(refused(format!(
            "the certificate in {} is not for {host}, the name in --url by which hosts reach the service \
             (its names: {}): make one that is (`pilotctl tls issue --host {host} …`), or correct --url",
            self.certificate.display(),
            names(leaf)
        )))
    }

    fn expiries(
        &self,
        chain: &[CertificateDer<'_>],
        ca: Option<&CertificateDer<'_>>,
    ) -> Vec<Expiry> {
        let path = self.certificate.display();
        let of = |role, what: String, certificate: &CertificateDer<'_>, remedy| {
            end_of(certificate).map(|end| Expiry {
                what,
                role,
                end,
                remedy,
            })
        };
        let of_chain = chain.iter().enumerate().filter_map(|(at, certificate)| {
            if ca == Some(certificate) {
                of("ca", format!("the CA in {path}"), certificate, REPLACE_CA)
            } else if at == 0 {
                of(
                    "server",
                    format!("the certificate in {path}"),
                    certificate,
                    RENEW,
                )
            } else {
                of(
                    "intermediate",
                    format!("certificate {} in {path}", at + 1),
                    certificate,
                    RENEW_CHAIN,
                )
            }
        });
        of_chain.collect()
    }
}

fn refused(text: String) -> Failure {
    Failure::Refused(text)
}

fn no_certificate(path: &Path) -> Failure {
    refused(format!("{} has no certificate in PEM", path.display()))
}

/// The CAs of a file, by the same rule that hosts use.
///
/// # Errors
/// When the file cannot be read; the error of `refuse` when it has no valid CA.
pub(super) fn cas(
    path: &Path,
    refuse: fn(String) -> Failure,
) -> Result<Vec<CertificateDer<'static>>, Failure> {
    let unreadable = |error| Failure::file(path, error);
    let file = File::open(path).map_err(unreadable)?;
    let mut bytes = Vec::new();
    let mut bounded = file.take(ca_file::MOST_BYTES + 1);
    bounded.read_to_end(&mut bytes).map_err(unreadable)?;
    if bytes.len() as u64 > ca_file::MOST_BYTES {
        return Err(unreadable(ErrorKind::FileTooLarge.into()));
    }
    let found =
        ca_file::certificates(&bytes).map_err(|why| refuse(format!("{} {why}", path.display())))?;
    Ok(found.into_iter().map(CertificateDer::from).collect())
}

/// The CAs that a context has a copy of.
///
/// # Errors
/// When it has no valid one.
pub(super) fn cas_of_context(pem: &str) -> Result<Vec<CertificateDer<'static>>, Failure> {
    let found = ca_file::certificates(pem.as_bytes())
        .map_err(|why| Failure::Usage(format!("the CA of this context {why}: log in again")))?;
    Ok(found.into_iter().map(CertificateDer::from).collect())
}

/// The certificates that the service presents. All of them have to be valid: clients would
/// miss one that was skipped.
fn chain(path: &Path) -> Result<Vec<CertificateDer<'static>>, Failure> {
    let mut chain = Vec::new();
    for (line, entry) in ca_file::entries(&bytes(path)?) {
        match entry {
            Entry::Certificate(certificate) => chain.push(certificate.der.into()),
            Entry::Damaged(flaw) => {
                let path = path.display();
                let why = format!("the certificate in line {line} of {path} {flaw}");
                return Err(refused(why));
            }
            Entry::PrivateKey => {}
        }
    }
    Ok(chain)
}

fn server_config(
    chain: Vec<CertificateDer<'static>>,
    path: &Path,
) -> Result<Arc<ServerConfig>, Failure> {
    let mut config = ServerConfig::builder()
        .with_no_client_auth()
        .with_single_cert(chain, key(path)?)
        .map_err(|error| key_failure(path, &error))?;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    // Agents make each connection in a process of its own: none resumes a session.
    config.send_tls13_tickets = 0;
    config.session_storage = Arc::new(NoServerSessionStorage {});
    Ok(Arc::new(config))
}

/// The private key of a file.
///
/// # Errors
/// When there is none, or it cannot be used.
pub(super) fn key(path: &Path) -> Result<PrivateKeyDer<'static>, Failure> {
    let pem = bytes(path)?;
    let path = path.display();
    if String::from_utf8_lossy(&pem).contains("ENCRYPTED") {
        return Err(refused(format!(
            "the key in {path} is encrypted, and the service cannot ask for its passphrase: \
             write it without one (`openssl pkey -in {path} -out NEW`), readable for the service alone"
        )));
    }
    let (label, key) =
        ca_file::private_key(&pem).ok_or_else(|| refused(format!("{path} has no key in PEM")))?;
    let key = key.map_err(|flaw| refused(format!("the key in {path} {flaw}")))?;
    Ok(match label {
        "RSA PRIVATE KEY" => PrivateKeyDer::Pkcs1(key.into()),
        "EC PRIVATE KEY" => PrivateKeyDer::Sec1(key.into()),
        _ => PrivateKeyDer::Pkcs8(key.into()),
    })
}

fn key_failure(path: &Path, error: &rustls::Error) -> Failure {
    let path = path.display();
    refused(match error {
        rustls::Error::InconsistentKeys(_) => {
            format!("{path} is not the key of the first certificate in --tls-cert")
        }
        error => format!("{path}: {error}"),
    })
}
