//! The files that an exchange reads. A courier that was taken over can read too; the host's key
//! and the jobs are not.

use std::env;
use std::path::PathBuf;

/// Files by which the C library resolves names (resolver(5), nsswitch.conf(5),
/// gai.conf(5)).
const NAMES: [&str; 5] = [
    "/etc/hosts",
    "/etc/resolv.conf",
    "/etc/host.conf",
    "/etc/nsswitch.conf",
    "/etc/gai.conf",
];

/// The GNU C library loads some ways to resolve names when it is asked to.
const LIBRARIES: [&str; 7] = [
    "/etc/ld.so.cache",
    "/lib",
    "/lib32",
    "/lib64",
    "/usr/lib",
    "/usr/lib32",
    "/usr/lib64",
];

/// Where distributions have their CAs, and what symbolic links from there lead
/// to. No folder that holds private keys as well, as `/etc/ssl` does.
const CERTIFICATES: [&str; 15] = [
    "/etc/ca-certificates",
    "/etc/pki/ca-trust",
    "/etc/pki/tls/cacert.pem",
    "/etc/pki/tls/cert.pem",
    "/etc/pki/tls/certs",
    "/etc/security/certificates",
    "/etc/ssl/ca-bundle.pem",
    "/etc/ssl/cert.pem",
    "/etc/ssl/certs",
    "/etc/ssl/certs/ca-certificates.crt",
    "/opt/etc/ssl/certs",
    "/usr/local/share/ca-certificates",
    "/usr/share/ca-certificates",
    "/usr/share/pki",
    "/var/lib/ca-certificates",
];

/// They replace the system's CAs, as in OpenSSL.
const VARIABLES: [&str; 2] = ["SSL_CERT_FILE", "SSL_CERT_DIR"];

pub(super) fn for_names() -> Vec<PathBuf> {
    let libraries: &[&str] = if cfg!(target_env = "gnu") {
        &LIBRARIES
    } else {
        &[]
    };
    NAMES.iter().chain(libraries).map(PathBuf::from).collect()
}

pub(super) fn for_certificates() -> Vec<PathBuf> {
    let named = VARIABLES.iter().filter_map(env::var_os);
    let named: Vec<PathBuf> = named
        .flat_map(|value| env::split_paths(&value).collect::<Vec<_>>())
        .collect();
    if named.is_empty() {
        CERTIFICATES.iter().map(PathBuf::from).collect()
    } else {
        named
    }
}
