//! `pilotctl tls init`: a private CA and the service's certificate.

use super::failure::Failure;
use super::{help, output};
use crate::files;
use clap::Subcommand;
use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, ExtendedKeyUsagePurpose, IsCa,
    KeyPair, KeyUsagePurpose,
};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use time::{Duration, OffsetDateTime};

/// `pilotctl tls …`
#[derive(Subcommand)]
pub(super) enum Command {
    /// Make a CA (ca.pem, ca.key) and a certificate for the service
    /// (server.pem, server.key) that it issued
    #[command(after_help = help::of_files!("pilotctl tls init --dir tls --host control.example.com --host 192.0.2.10"))]
    Init {
        /// Folder for the four files; none may be there yet
        #[arg(long)]
        dir: PathBuf,
        /// Name or address by which hosts reach the service (may be repeated)
        #[arg(long = "host", required = true, num_args = 1..)]
        hosts: Vec<String>,
    },
}

/// How long the CA is valid.
const CA_DAYS: i64 = 3_650;

/// How long the service's certificate is valid: some clients accept no more.
const SERVER_DAYS: i64 = 825;

/// Carries the command out.
pub(super) fn run(command: Command) -> Result<(), Failure> {
    let Command::Init { dir, hosts } = command;
    files::private_folder(&dir).map_err(|error| Failure::file(&dir, error))?;
    refuse_to_replace(&dir)?;
    let made = Made::new(hosts)
        .map_err(|error| Failure::Usage(format!("making the certificates: {error}")))?;
    for (name, mode, content) in made.files() {
        let path = dir.join(name);
        files::write_new(&path, mode, content.as_bytes())
            .map_err(|error| Failure::file(&path, error))?;
        output::line(path.display())?;
    }
    Ok(())
}

fn refuse_to_replace(dir: &Path) -> Result<(), Failure> {
    let names = ["ca.pem", "ca.key", "server.pem", "server.key"];
    match names
        .map(|name| dir.join(name))
        .iter()
        .find(|path| path.exists())
    {
        Some(path) => Err(Failure::file(path, ErrorKind::AlreadyExists.into())),
        None => Ok(()),
    }
}

struct Made {
    ca: String,
    ca_key: String,
    server: String,
    server_key: String,
}

impl Made {
    fn new(hosts: Vec<String>) -> Result<Self, rcgen::Error> {
        let issuer = CertifiedIssuer::self_signed(ca_params(), KeyPair::generate()?)?;
        let key = KeyPair::generate()?;
        let server = server_params(hosts)?.signed_by(&key, &issuer)?;
        Ok(Self {
            ca: issuer.pem(),
            ca_key: issuer.key().serialize_pem(),
            // The CA follows, so that a host can pin it from the handshake.
            server: server.pem() + &issuer.pem(),
            server_key: key.serialize_pem(),
        })
    }

    fn files(&self) -> [(&'static str, u32, &str); 4] {
        [
            ("ca.key", 0o600, &self.ca_key),
            ("ca.pem", 0o644, &self.ca),
            ("server.key", 0o600, &self.server_key),
            ("server.pem", 0o644, &self.server),
        ]
    }
}

fn ca_params() -> CertificateParams {
    let mut params = valid_for(CertificateParams::default(), CA_DAYS);
    params
        .distinguished_name
        .push(DnType::CommonName, "Pilot Control CA");
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    params
}

fn server_params(hosts: Vec<String>) -> Result<CertificateParams, rcgen::Error> {
    let common_name = hosts.first().cloned().unwrap_or_default();
    let mut params = valid_for(CertificateParams::new(hosts)?, SERVER_DAYS);
    params
        .distinguished_name
        .push(DnType::CommonName, common_name);
    params.is_ca = IsCa::ExplicitNoCa;
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    params.use_authority_key_identifier_extension = true;
    Ok(params)
}

/// Valid from yesterday on: clocks differ.
fn valid_for(mut params: CertificateParams, days: i64) -> CertificateParams {
    let now = OffsetDateTime::now_utc();
    params.not_before = now - Duration::DAY;
    params.not_after = now + Duration::days(days);
    params
}
