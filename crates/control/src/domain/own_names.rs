//! The names of control: a package whose name begins with one of them is in its own registry.

use rustls::pki_types::{CertificateDer, ServerName};
use webpki::EndEntityCert;

/// The names by which hosts reach control: that of `--url`, and those of its certificate. The
/// wildcards of a certificate do not count, because other services have such names too.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct OwnNames {
    of_url: Option<String>,
    certificate: Option<CertificateDer<'static>>,
}

impl OwnNames {
    /// The names in an address, `https://NAME:PORT`, and in a certificate.
    pub(crate) fn new(url: Option<&str>, certificate: CertificateDer<'static>) -> Self {
        Self {
            of_url: url.and_then(host_of).map(str::to_owned),
            certificate: Some(certificate),
        }
    }

    /// Whether a registry, `NAME` or `NAME:PORT`, is control. The port may be that of a load
    /// balancer, so it does not count.
    pub(crate) fn include(&self, registry: &str) -> bool {
        let host = registry.split(':').next().unwrap_or_default();
        let of_url = self.of_url.as_deref();
        of_url.is_some_and(|name| name.eq_ignore_ascii_case(host))
            || self
                .certificate
                .as_ref()
                .is_some_and(|certificate| has_name(certificate, host))
    }
}

/// Whether a certificate has this very name or address.
fn has_name(certificate: &CertificateDer<'_>, host: &str) -> bool {
    match ServerName::try_from(host) {
        Ok(name @ ServerName::IpAddress(_)) => is_for(certificate, &name),
        Ok(_) => EndEntityCert::try_from(certificate).is_ok_and(|certificate| {
            let mut names = certificate.valid_dns_names();
            names.any(|name| name.eq_ignore_ascii_case(host))
        }),
        Err(_) => false,
    }
}

/// Whether a certificate is for this name or address.
pub(crate) fn is_for(certificate: &CertificateDer<'_>, name: &ServerName<'_>) -> bool {
    EndEntityCert::try_from(certificate)
        .is_ok_and(|certificate| certificate.verify_is_valid_for_subject_name(name).is_ok())
}

/// The name or address in `https://NAME:PORT`.
pub(crate) fn host_of(url: &str) -> Option<&str> {
    let authority = url.strip_prefix("https://")?.split('/').next()?;
    match authority.strip_prefix('[') {
        Some(address) => address.split(']').next(),
        None => authority.split(':').next(),
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// The names of a control whose certificate has these.
    pub(crate) fn own_names(url: Option<&str>, names: &[&str]) -> OwnNames {
        let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        let certified = rcgen::generate_simple_self_signed(names).unwrap();
        OwnNames::new(url, certified.cert.der().clone())
    }

    #[test]
    fn a_registry_is_control_if_control_has_its_name() {
        let url = Some("https://Outside.example:443");
        let names = own_names(url, &["control.example", "192.0.2.7", "*.example.org"]);
        for own in [
            "control.example",
            "control.example:8443",
            "Control.Example:443",
            "192.0.2.7:8443",
            "outside.example:9443",
        ] {
            assert!(names.include(own), "{own}");
        }
        for other in [
            "registry.example:8443",
            "control.example.evil.example",
            "192.0.2.70",
            "registry.example.org",
            "registry_1.example",
            "",
        ] {
            assert!(!names.include(other), "{other}");
        }
        assert!(!OwnNames::default().include(""));
    }
}
