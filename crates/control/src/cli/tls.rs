//! `pilotctl tls`: a private CA and the service's certificate.

use super::failure::Failure;
use super::{help, output, tls_chain, tls_files};
use crate::files;
use clap::Subcommand;
use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, ExtendedKeyUsagePurpose, IsCa,
    Issuer, KeyPair, KeyUsagePurpose,
};
use rustls::pki_types::ServerName;
use serde_json::json;
use std::path::{Path, PathBuf};
use time::{Duration, OffsetDateTime};
use wire::ca_file;

/// `pilotctl tls …`
#[derive(Subcommand)]
pub(super) enum Command {
    /// Make a CA (ca.pem, ca.key) and a certificate for the service
    /// (server.pem, server.key) that it issued
    #[command(after_help = help::of_files!("pilotctl tls init --dir tls --host control.example.com --host 192.0.2.10"))]
    Init {
        #[command(flatten)]
        wanted: CertificateOptions,
    },
    /// Make another certificate for the service (server.pem, server.key), issued
    /// by the CA of `tls init`, which hosts trust already
    #[command(after_help = help::of_files!("pilotctl tls issue --dir renewed --host control.example.com --ca ca.pem --ca-key ca.key"))]
    Issue {
        #[command(flatten)]
        wanted: CertificateOptions,
        /// The CA's certificate (PEM)
        #[arg(long, value_name = "FILE")]
        ca: PathBuf,
        /// The CA's key (PEM)
        #[arg(long, value_name = "FILE")]
        ca_key: PathBuf,
    },
}

/// The certificate to make, and its folder.
#[derive(clap::Args)]
pub(super) struct CertificateOptions {
    /// Folder for the files, which must not exist yet
    #[arg(long)]
    dir: PathBuf,
    /// Name or address by which hosts reach the service (may be repeated)
    #[arg(long = "host", required = true, num_args = 1.., value_parser = name)]
    hosts: Vec<String>,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// How long the CA is valid.
const CA_DAYS: i64 = 3_650;

/// How long the service's certificate is valid: the most that some clients accept.
const SERVER_DAYS: i64 = 825;

/// Reads a name for a certificate: a host name or an IP address.
pub(super) fn name(text: &str) -> Result<String, String> {
    ServerName::try_from(text)
        .map(|_| text.to_owned())
        .map_err(|_| "write the name of a host or an IP address".into())
}

/// Carries the command out.
pub(super) fn run(command: Command) -> Result<(), Failure> {
    match command {
        Command::Init { wanted } => {
            let made = init(&wanted.hosts)
                .map_err(|error| Failure::Usage(format!("making the certificates: {error}")))?;
            write(&wanted, &made)
        }
        Command::Issue { wanted, ca, ca_key } => {
            let issued = issue(&wanted.hosts, &ca, &ca_key)?;
            write(&wanted, &issued)
        }
    }
}

/// A file to write: its name, mode and content.
pub(super) type Made = (&'static str, u32, String);

/// Writes all files, or none if one of them exists already or cannot be written.
fn write(wanted: &CertificateOptions, made: &[Made]) -> Result<(), Failure> {
    let dir = &wanted.dir;
    let is_new = !dir.exists();
    files::private_folder(dir).map_err(|error| Failure::file(dir, error))?;
    let paths = files::write_all_new(dir, made).map_err(|(path, error)| {
        if is_new {
            // This fails, as it should, if the folder has other files.
            drop(std::fs::remove_dir(dir));
        }
        Failure::file(&path, error)
    })?;
    let names: Vec<_> = paths
        .iter()
        .map(|path| path.display().to_string())
        .collect();
    output::made(wanted.json, &json!({ "files": names }), names.join("\n"))
}

/// Makes a CA, and a certificate for these hosts.
///
/// # Errors
/// When they cannot be made.
pub(super) fn init(hosts: &[String]) -> Result<Vec<Made>, rcgen::Error> {
    let issuer = CertifiedIssuer::self_signed(ca_params(), KeyPair::generate()?)?;
    let mut made = vec![
        ("ca.key", 0o600, issuer.key().serialize_pem()),
        ("ca.pem", 0o644, issuer.pem()),
    ];
    made.extend(files_of(&server(hosts, &issuer)?, &issuer.pem()));
    Ok(made)
}

/// A certificate for the service, and its key.
fn server(
    hosts: &[String],
    issuer: &Issuer<'_, KeyPair>,
) -> Result<(rcgen::Certificate, KeyPair), rcgen::Error> {
    let key = KeyPair::generate()?;
    let server = server_params(hosts.to_vec())?.signed_by(&key, issuer)?;
    Ok((server, key))
}

/// The files of the service. The chain ends with the CA, so that a host can pin it from the
/// handshake.
fn files_of((server, key): &(rcgen::Certificate, KeyPair), ca: &str) -> [Made; 2] {
    [
        ("server.key", 0o600, key.serialize_pem()),
        ("server.pem", 0o644, server.pem() + ca),
    ]
}

fn issue(hosts: &[String], ca: &Path, ca_key: &Path) -> Result<Vec<Made>, Failure> {
    let cas = tls_files::cas(ca, Failure::Usage)?;
    let key = KeyPair::try_from(&tls_files::key(ca_key)?)
        .map_err(|error| Failure::Usage(format!("the key in {}: {error}", ca_key.display())))?;
    let made = server(hosts, &Issuer::new(ca_params(), key))
        .map_err(|error| Failure::Usage(format!("making the certificate: {error}")))?;
    let chain = [made.0.der().clone()];
    let issuer = cas.iter().find(|ca| tls_chain::verify(&chain, ca).is_ok());
    let issuer = issuer.ok_or_else(|| {
        Failure::Usage(format!(
            "{} is not the key of the CA in {}, or that is not a CA of `pilotctl tls init`, or it is no \
             longer valid",
            ca_key.display(),
            ca.display()
        ))
    })?;
    Ok(files_of(&made, &ca_file::pem(issuer)).into())
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

/// Valid from yesterday on, because clocks differ.
fn valid_for(mut params: CertificateParams, days: i64) -> CertificateParams {
    let now = OffsetDateTime::now_utc();
    params.not_before = now - Duration::DAY;
    params.not_after = now + Duration::days(days);
    params
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;
    use tempfile::TempDir;

    fn made() -> (TempDir, [PathBuf; 2]) {
        let folder = tempfile::tempdir().unwrap();
        for (name, _, content) in init(&["a.example".into()]).unwrap() {
            fs::write(folder.path().join(name), content).unwrap();
        }
        let paths = ["ca.pem", "ca.key"].map(|name| folder.path().join(name));
        (folder, paths)
    }

    #[test]
    fn a_ca_issues_another_certificate() {
        let (_folder, [ca, key]) = made();
        let issued = issue(&["b.example".into()], &ca, &key).unwrap();
        let names: Vec<_> = issued.iter().map(|file| file.0).collect();
        assert_eq!(names, ["server.key", "server.pem"]);
        assert!(issued[1].2.ends_with(&fs::read_to_string(&ca).unwrap()));
    }

    #[test]
    fn a_certificate_is_for_names_and_addresses() {
        for good in [
            "control.example.com",
            "control",
            "192.0.2.10",
            "2001:db8::1",
        ] {
            assert_eq!(name(good).as_deref(), Ok(good));
        }
        for bad in ["", "a b", "https://control.example.com", "control:8443"] {
            assert!(name(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn the_key_of_another_ca_is_refused() {
        let (_folder, [ca, _]) = made();
        let (_other, [_, key]) = made();
        let refusal = issue(&["a.example".into()], &ca, &key).unwrap_err();
        assert!(refusal.to_string().contains("is not the key of the CA"));
        let refusal = issue(&["a.example".into()], &ca, &ca).unwrap_err();
        assert!(refusal.to_string().contains("has no key"), "{refusal}");
    }
}
