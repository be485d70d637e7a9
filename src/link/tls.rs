//! TLS, as far as both ways of using it share it.

use super::frame::{Class, LinkFailure};

/// The library would otherwise use a provider that takes much longer to start.
pub(super) fn install_ring() {
    // It fails only when a provider is installed already.
    let _ = rustls::crypto::ring::default_provider().install_default();
}

/// Says which of the two remedies applies: another CA, or another clock.
pub(super) fn explain(error: &rustls::Error) -> LinkFailure {
    use rustls::CertificateError as C;
    let (class, hint) = match error {
        rustls::Error::InvalidCertificate(
            C::Expired | C::ExpiredContext { .. } | C::NotValidYet | C::NotValidYetContext { .. },
        ) => (
            Class::Clock,
            "; if the certificate is good, this host's clock is wrong",
        ),
        rustls::Error::InvalidCertificate(C::UnknownIssuer) => (
            Class::Certificate,
            "; set PILOT_CA_FILE to the CA that issued the server's certificate",
        ),
        rustls::Error::InvalidCertificate(_) => (Class::Certificate, ""),
        _ => (Class::Network, ""),
    };
    LinkFailure {
        class,
        text: format!("TLS: {error}{hint}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wrong_clock_is_told_from_a_wrong_ca() {
        let class = |error| explain(&rustls::Error::InvalidCertificate(error)).class;
        assert_eq!(class(rustls::CertificateError::Expired), Class::Clock);
        assert_eq!(class(rustls::CertificateError::NotValidYet), Class::Clock);
        assert_eq!(
            class(rustls::CertificateError::UnknownIssuer),
            Class::Certificate
        );
        assert_eq!(explain(&rustls::Error::DecryptError).class, Class::Network);
    }
}
